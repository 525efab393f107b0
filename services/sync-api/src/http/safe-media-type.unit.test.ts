import { expect, it } from "vitest";
import { safeMediaType } from "./safe-media-type.ts";

it.each([
  "image/png",
  "application/pdf",
  "text/plain",
  "video/mp4",
  "application/vnd.ms-excel",
  "IMAGE/JPEG",
])("%s stays", (type) => expect(safeMediaType(type)).toBe(type.toLowerCase()));

it.each([
  "text/html",
  "image/svg+xml",
  "application/xhtml+xml",
  "application/xml",
  "text/xml",
  "text/javascript",
  "application/vnd.evil+xml",
  "multipart/mixed",
  "message/rfc822",
  "text/plain\r\nx: y",
  "text/plain; charset=utf-7",
  "",
])("%j is mere bytes", (type) => expect(safeMediaType(type)).toBe("application/octet-stream"));
