/**
 * The page at `/`, for a person who opens the gateway's address in a browser. It says nothing of this installation: no
 * version, no host, no setting. Its links are relative, so that they hold below a path prefix.
 */
export const WELCOME_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatehouse</title>
<link rel="icon" href="favicon.ico">
</head>
<body>
<h1>Gatehouse</h1>
<p>This is a gateway for language models. Programs call it with a token of their identity provider.</p>
<ul>
<li><a href="docs">API</a>: every route, with examples that can be tried here (<a href="openapi.json">OpenAPI document</a>)</li>
<li><a href="health/readiness">Readiness</a>: whether requests can be served now</li>
<li><a href=".well-known/oauth-protected-resource">Issuers</a>: whose tokens are accepted</li>
<li>Documentation: the folder <code>docs</code> of the program, beginning with <code>docs/README.md</code></li>
</ul>
<p>A first call, with a token in <code>$TOKEN</code> and this page's address in <code>$GATEHOUSE</code>:</p>
<pre>curl -H "authorization: Bearer $TOKEN" "$GATEHOUSE/v1/models"</pre>
</body>
</html>
`;
