/** The icon of the pages that this gateway serves: 16 by 16 pixels, a PNG in an ICO container. */
export const FAVICON: Buffer = Buffer.from(
  'AAABAAEAEBAAAAEAIACAAAAAFgAAAIlQTkcNChoKAAAADUlIRFIAAAAQAAAAEAEDAAAAJT1tIgAAAAZQTFRF////' +
    'H055BZucIAAAAAJ0Uk5TAP9bkSK1AAAAJ0lEQVR42mNgYGBgbGBgPsDA/oCB/wOD/A8G+z8gZGPDYCGDjhgYAP3L' +
    'CSi/fcHrAAAAAElFTkSuQmCC',
  'base64',
);
