import { Logger } from '@nestjs/common';
import { type Bytes, bytes } from '../../entities/units.js';
import { HTTP_PROTOCOLS, KongPlugin, type Plugin, type ResponseBody, type ResponseHead } from '../../pdk/plugin.js';
import { JsonObject } from '../../transforming/json-object.js';
import { MEMBER_NAMES } from '../../transforming/json-place.js';
import { type RuleLists, type Rules, RuleTemplates } from '../../transforming/rules.js';
import { literalTemplate } from '../../transforming/template.js';
import { transformJson } from '../../transforming/transform-json.js';
import { CollectedBody } from './collected-body.js';
import { isJsonType } from './json-type.js';
import { ResponseTransformerConfig } from './response-transformer.config.js';
import { transformResponseHeaders } from './transform-response-headers.js';

interface Prepared {
  readonly headers: Rules;
  /** `undefined`: bodies pass as they come. */
  readonly json: Rules | undefined;
}

/** A longer body is passed on as it is. */
const LONGEST_BODY: Bytes = bytes(32 * 1024 ** 2);

const COLLECTED = Symbol('response-transformer');
const NOTHING = Buffer.alloc(0);

/**
 * Changes what goes to the client: headers, and members of a JSON body. Runs after the plugins that may answer by
 * themselves, so that it also changes their answers.
 */
@KongPlugin({
  name: 'response-transformer',
  priority: 800,
  config: ResponseTransformerConfig,
  protocols: HTTP_PROTOCOLS,
})
export class ResponseTransformerPlugin implements Plugin<ResponseTransformerConfig, Prepared> {
  private readonly logger = new Logger('response-transformer');

  configure(config: ResponseTransformerConfig): Prepared {
    const json = new RuleTemplates(listsOf(config, 'json'), literalTemplate);
    return {
      headers: new RuleTemplates(listsOf(config, 'headers'), literalTemplate).rulesFor(undefined),
      json: json.isEmpty ? undefined : json.rulesFor(undefined),
    };
  }

  headerFilter(response: ResponseHead, { headers, json }: Prepared): void {
    transformResponseHeaders(response.responseHeaders, headers);
    if (!json || !isJsonType(response.responseHeaders.get('content-type'))) return;
    // Its length is not known before its end, and what is compressed cannot be read.
    response.responseHeaders.remove('content-length');
    if (response.responseHeaders.has('content-encoding')) response.inflating = true;
    response.keep(COLLECTED, new CollectedBody(LONGEST_BODY));
  }

  bodyFilter(response: ResponseBody, chunk: Buffer, last: boolean, { json }: Prepared): Buffer {
    const collected = json && response.kept<CollectedBody>(COLLECTED);
    if (!collected) return chunk;
    const passed = collected.add(chunk);
    if (passed) {
      if (last)
        this.logger.warn(`request ${response.id}: a JSON body longer than ${LONGEST_BODY} bytes stays as it is`);
      return passed;
    }
    return last ? this.transformed(collected.take(), json, response) : NOTHING;
  }

  private transformed(body: Buffer, json: Rules, response: ResponseBody): Buffer {
    // The answer to a HEAD request, a 304: nothing came, nothing is wrong.
    if (body.length === 0) return body;
    const object = JsonObject.parse(body);
    if (!object) {
      this.logger.warn(`request ${response.id}: a body announced as JSON is no JSON object and stays as it is`);
      return body;
    }
    transformJson(object, json, { names: MEMBER_NAMES, renamesFalse: true });
    return object.toBuffer();
  }
}

function listsOf(config: ResponseTransformerConfig, part: 'headers' | 'json'): RuleLists {
  const { remove, rename, replace, add, append } = config;
  const types = part === 'json';
  return {
    remove: { lines: remove[part] },
    rename: { lines: rename[part] },
    replace: { lines: replace[part], ...(types && { types: replace.json_types }) },
    add: { lines: add[part], ...(types && { types: add.json_types }) },
    append: { lines: append[part], ...(types && { types: append.json_types }) },
  };
}
