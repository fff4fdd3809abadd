import { byteString } from '../entities/byte-string.js';
import { Arguments } from './arguments.js';
import type { BodyKind } from './body-kind.js';
import { JsonObject } from './json-object.js';
import { boundaryOf, MultipartForm } from './multipart-form.js';
import type { Rules } from './rules.js';
import { transformArguments } from './transform-arguments.js';
import { type JsonReading, transformJson } from './transform-json.js';
import { transformMultipart } from './transform-multipart.js';

/** A body that was read into something that can be changed by name. */
interface NamedParts {
  readonly isChanged: boolean;
  keepOnly(names: ReadonlySet<string>): void;
  toBuffer(): Buffer;
}

/** How a transformer reads bodies, whatever their kind. */
export class BodyTransformation {
  private readonly allowed: ReadonlySet<string> | undefined;

  constructor(
    private readonly reading: JsonReading,
    /** The only names that are left in the end; `undefined`: all. */
    allowed?: readonly string[],
  ) {
    this.allowed = allowed && new Set(allowed.map(byteString));
  }

  /**
   * The body as it should be; `undefined`: it stays as it is, because nothing applies or because it is not what it says.
   * Rules are asked for only where they will be applied: a template that fails must not cost a body it has no business with.
   */
  apply(body: Buffer, kind: BodyKind, contentType: string, rulesFor: () => Rules): Buffer | undefined {
    const parts = this.transformed(body, kind, contentType, rulesFor);
    if (!parts) return undefined;
    if (this.allowed) parts.keepOnly(this.allowed);
    return parts.isChanged ? parts.toBuffer() : undefined;
  }

  private transformed(
    body: Buffer,
    kind: BodyKind,
    contentType: string,
    rulesFor: () => Rules,
  ): NamedParts | undefined {
    switch (kind) {
      case 'json': {
        const object = body.length === 0 ? JsonObject.empty() : JsonObject.parse(body);
        if (object) transformJson(object, rulesFor(), this.reading);
        return object;
      }
      case 'form': {
        const args = Arguments.parse(body.toString('latin1'));
        if (args) transformArguments(args, rulesFor());
        return args;
      }
      case 'multipart': {
        const boundary = boundaryOf(contentType);
        const form = boundary === undefined ? undefined : MultipartForm.parse(body.toString('latin1'), boundary);
        if (form) transformMultipart(form, rulesFor());
        return form;
      }
    }
  }
}
