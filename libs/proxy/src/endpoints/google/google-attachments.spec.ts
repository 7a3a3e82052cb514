import { scanJsonObject } from '#libs/common';
import { googleAttachments } from './google-attachments.js';

const DATA = 'A'.repeat(1_000);

function attachmentsOf(body: object) {
  return googleAttachments(scanJsonObject(Buffer.from(JSON.stringify(body))));
}

function ofParts(...parts: readonly object[]) {
  return attachmentsOf({ contents: [{ role: 'user', parts }] });
}

describe('the media of a request in Google’s form', () => {
  it.each([
    { inlineData: { mimeType: 'image/png', data: DATA } },
    { inlineData: { data: DATA, mimeType: 'image/png' } },
    { inline_data: { mime_type: 'image/jpeg', data: DATA } },
  ])('is a picture, whose data is not text: %#', (part) => {
    expect(ofParts({ text: 'see' }, part, part)).toEqual({
      ...{ images: 2, imageBytes: 2_000, isUnmeasured: false },
    });
  });

  it('is sound, which has fewer tokens than bytes', () => {
    const part = { inlineData: { mimeType: 'audio/wav', data: DATA } };
    expect(ofParts(part)).toEqual({ images: 0, imageBytes: 0, isUnmeasured: false });
  });

  it.each([
    { inlineData: { mimeType: 'video/mp4', data: DATA } },
    { inlineData: { mimeType: 'application/pdf', data: DATA } },
    { fileData: { mimeType: 'image/png', fileUri: 'https://h.example/x' } },
  ])('is not measured: %#', (part) => {
    expect(ofParts(part).isUnmeasured).toBe(true);
  });

  it.each([
    { functionCall: { args: { inlineData: { mimeType: 'image/png', data: DATA } } } },
    { functionCall: { args: { parts: [{ inlineData: { mimeType: 'image/png', data: DATA } }] } } },
    { data: DATA, mimeType: 'image/png' },
    { inlineData: { mimeType: 'text/plain', data: DATA } },
  ])('never hides text as a picture: %#', (part) => {
    expect(ofParts(part).imageBytes).toBe(0);
  });

  it.each(['googleSearch', 'google_search', 'urlContext', 'codeExecution', 'fileSearch'])(
    'is not measured with the tool %s',
    (name) => {
      expect(attachmentsOf({ contents: [], tools: [{ [name]: {} }] }).isUnmeasured).toBe(true);
    },
  );

  it('is measured with functions of the client', () => {
    const tools = [{ functionDeclarations: [{ name: 'weather', parameters: {} }] }];
    expect(attachmentsOf({ contents: [], tools }).isUnmeasured).toBe(false);
  });
});
