import { ByteSequence } from './byte-sequence.js';
import { GatehouseError } from './errors/gatehouse-error.js';
import { JsonObjectScan, scanJsonObject } from './json-scan.js';

/** One part of a form that is a file. */
export interface FormFile {
  /** The field's name. */
  readonly name: string;
  readonly filename: string;
  /** Empty where the part names none. */
  readonly contentType: string;
  readonly bytes: Buffer;
}

interface FormField {
  readonly name: string;
  readonly text: string;
}

/** Far more than any operation takes; each part costs an entry. */
const MAX_PARTS = 512;
/** RFC 2046, 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;
/** A text field is evaluated as JSON members are. Only a prompt is long. */
const MAX_TEXT_BYTES = 1_048_576;
/** Texts of a number or a boolean that are JSON. */
const TYPED_TEXT = /^(?:true|false|-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?)$/;

/**
 * A form (`multipart/form-data`, RFC 7578) as the relay reads it: its text fields are the members of a JSON object, a field that
 * is repeated is a list, and its files stand beside them. A form that is sent on is written anew, so that an upstream cannot read
 * another form than the one that was evaluated.
 */
export class FormScan extends JsonObjectScan {
  override readonly contentType: string;

  /** @param boundary separates the parts, in what came and in what is sent on */
  constructor(
    fields: JsonObjectScan,
    private readonly parts: readonly (FormField | FormFile)[],
    private readonly boundary: string,
  ) {
    super(fields.bytes, fields.members, null);
    this.contentType = `multipart/form-data; boundary="${boundary}"`;
  }

  /** Files of the form in their order. */
  get files(): readonly FormFile[] {
    return this.parts.filter(isFile);
  }

  /**
   * Returns the same form with numbers, `true` and `false` in some fields as such and not as texts. What is sent on stays as it is.
   * @param names fields that are numbers or booleans; a text that is neither stays one
   */
  typed(names: ReadonlySet<string>): FormScan {
    const fields = scanJsonObject(membersOf(this.parts, names));
    return new FormScan(fields, this.parts, this.boundary);
  }

  /** Returns the same form with another content of its first file. */
  withFile(bytes: Buffer): FormScan {
    const first = this.parts.findIndex(isFile);
    const parts = this.parts.map((part, at) => (at === first ? { ...part, bytes } : part));
    return new FormScan(this, parts, this.boundary);
  }

  override withMembers(changes: Readonly<Record<string, string | null>>): ByteSequence {
    const kept = this.parts.filter(({ name }) => !Object.hasOwn(changes, name));
    const added = Object.entries(changes).flatMap(([name, json]) =>
      json === null ? [] : [{ name, text: textOf(json) }],
    );
    const written = [...added, ...kept].flatMap((part) => this.partBytes(part));
    return new ByteSequence([...written, Buffer.from(`--${this.boundary}--\r\n`)]);
  }

  private partBytes(part: FormField | FormFile): Buffer[] {
    const name = `--${this.boundary}\r\ncontent-disposition: form-data; name="${quoted(part.name)}"`;
    const [head, content] = isFile(part)
      ? [`${name}; filename="${quoted(part.filename)}"${typeLine(part)}`, part.bytes]
      : [name, Buffer.from(part.text)];
    return [Buffer.from(`${head}\r\n\r\n`), content, Buffer.from('\r\n')];
  }
}

/**
 * Reads the body of a request that must be a form.
 * @param contentType the request's header
 * @throws GatehouseError `request_invalid`
 */
export async function scanForm(bytes: Buffer, contentType: string | undefined): Promise<FormScan> {
  const boundary = boundaryOf(contentType);
  if (countOf(bytes, boundary) > MAX_PARTS + 1)
    throw invalid(`The form has more than ${String(MAX_PARTS)} parts.`);
  const parts: (FormField | FormFile)[] = [];
  for (const [name, value] of await parsedForm(bytes, boundary)) {
    parts.push(
      typeof value === 'string'
        ? { name, text: value }
        : {
            ...{ name, filename: value.name, contentType: value.type },
            bytes: Buffer.from(await value.arrayBuffer()),
          },
    );
  }
  return new FormScan(scanJsonObject(membersOf(parts)), parts, boundary);
}

async function parsedForm(bytes: Buffer, boundary: string): Promise<FormData> {
  try {
    const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` };
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the body was read within its limit, and its parts are counted
    return await new Response(new Uint8Array(bytes), { headers }).formData();
  } catch {
    throw invalid('The request body is not a complete form (multipart/form-data).');
  }
}

/** Tells whether a content type is that of a form with files. */
export function isFormType(contentType = ''): boolean {
  return /^multipart\/form-data\b/i.test(contentType);
}

function boundaryOf(contentType = ''): string {
  const [, quotedOne, plain] =
    /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]*)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quotedOne ?? plain ?? '';
  // The characters of RFC 2046 but the space, which no client uses and which could be cut.
  if (boundary.length > MAX_BOUNDARY_LENGTH || !/^[\w'()+,./:=?-]+$/.test(boundary)) {
    throw invalid(
      'The request must be a form: its content-type has to be multipart/form-data with a boundary.',
    );
  }
  return boundary;
}

function countOf(bytes: Buffer, boundary: string): number {
  const mark = Buffer.from(`--${boundary}`);
  let count = 0;
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) {
    count += 1;
    if (count > MAX_PARTS + 1) break;
  }
  return count;
}

/**
 * The text fields as a JSON object.
 * @param typed names of fields whose values may be numbers and booleans
 */
function membersOf(
  parts: readonly (FormField | FormFile)[],
  typed: ReadonlySet<string> = new Set(),
): Buffer {
  const values = new Map<string, string[]>();
  let total = 0;
  for (const part of parts) {
    if (isFile(part)) continue;
    total += part.text.length;
    values.set(part.name, [...(values.get(part.name) ?? []), part.text]);
  }
  if (total > MAX_TEXT_BYTES)
    throw invalid(`The text fields of the form have more than ${String(MAX_TEXT_BYTES)} bytes.`);
  const members = [...values].map(([name, [only, ...more]]) => {
    const isList = more.length > 0 || name.endsWith('[]');
    const isTyped = !isList && typed.has(name) && TYPED_TEXT.test(only ?? '');
    return `${memberName(name)}:${isTyped ? String(only) : JSON.stringify(isList ? [only, ...more] : only)}`;
  });
  return Buffer.from(`{${members.join(',')}}`);
}

function memberName(name: string): string {
  const json = JSON.stringify(name);
  if (json.includes('\\') || name === '' || name === '__proto__')
    throw invalid('The form has a field whose name is not plain text.');
  return json;
}

/** The text of a field for the JSON text of a member. */
function textOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : json;
}

/** As WHATWG HTML, 4.10.21.8, writes names. */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function typeLine({ contentType }: FormFile): string {
  return contentType === '' ? '' : `\r\ncontent-type: ${contentType.replaceAll(/[\r\n]/g, ' ')}`;
}

function isFile(part: FormField | FormFile): part is FormFile {
  return 'filename' in part;
}

function invalid(message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message });
}
