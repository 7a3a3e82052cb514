/** One person (or machine) that the demo identity provider knows. */
export interface Person {
  /** Login and `sub` of the token. */
  readonly name: string;
  readonly email: string;
  /** Claim `team`; absent for people without one. */
  readonly team?: string;
  /** Claim `org`. */
  readonly org?: string;
  /** Scope that the person may ask for. */
  readonly scope?: string;
}

/** The demo's cast. Their password is their name and `-demo`; it opens nothing but this demo. */
export const PEOPLE = {
  alice: { name: 'alice', email: 'alice@acme.example', team: 'research', org: 'acme' },
  bob: { name: 'bob', email: 'bob@elsewhere.example', team: 'research', org: 'acme' },
  carol: { name: 'carol', email: 'carol@acme.example', team: 'marketing', org: 'acme' },
  admin: { name: 'admin', email: 'admin@acme.example', scope: 'litellm_proxy_admin' },
} as const satisfies Record<string, Person>;

/** The password of a person of the demo. */
export function passwordOf(person: Person): string {
  return `${person.name}-demo`;
}
