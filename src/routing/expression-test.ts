import { BlockList, isIP } from 'node:net';
import { byteString, textOfBytes } from '../entities/byte-string.js';
import type { Operand, Predicate, RouteExpression } from '../entities/route-expression.js';
import { addressReader, numberReader, textReader } from './expression-fields.js';
import type { Lookup } from './lookup.js';
import { RoutePattern } from './route-pattern.js';

/** What an expression matched of the path, noted while it is evaluated for the request it won. */
export interface Findings {
  matched: string | undefined;
  captures: Readonly<Record<string, string>> | undefined;
}

/** Whether an expression holds for a request. Given `findings`, it also notes what of the path matched. */
export type ExpressionTest = (lookup: Lookup, findings?: Findings) => boolean;

/** Compiles an expression. Semantics: Kong/atc-router src/interpreter.rs. */
export function expressionTest(expression: RouteExpression): ExpressionTest {
  switch (expression.kind) {
    case 'and': {
      const [left, right] = [expressionTest(expression.left), expressionTest(expression.right)];
      return (lookup, findings) => left(lookup, findings) && right(lookup, findings);
    }
    case 'or': {
      const [left, right] = [expressionTest(expression.left), expressionTest(expression.right)];
      return (lookup, findings) => left(lookup, findings) || right(lookup, findings);
    }
    case 'not': {
      const operand = expressionTest(expression.operand);
      return (lookup, findings) => !operand(lookup, findings);
    }
    case 'predicate':
      return predicateTest(expression);
  }
}

/** A field without a value fails every comparison, `!=` included. */
function predicateTest(predicate: Predicate): ExpressionTest {
  switch (predicate.type) {
    case 'Int': {
      const read = numberReader(predicate.field);
      const compare = numberComparison(predicate);
      return (lookup) => {
        const value = read(lookup);
        return value !== undefined && compare(value);
      };
    }
    case 'IpAddr': {
      const read = addressReader(predicate.field);
      const compare = addressComparison(predicate);
      return (lookup) => {
        const value = read(lookup);
        return value !== undefined && compare(value);
      };
    }
    case 'String':
      return textTest(predicate);
  }
}

type TextComparison = (value: string, findings: Findings | undefined) => boolean;

function textTest(predicate: Predicate): ExpressionTest {
  const { field, lower, any } = predicate;
  const read = textReader(field);
  const compare = field === 'http.path' ? pathComparison(predicate) : textComparison(predicate);
  const holds: TextComparison = (bytes, findings) => {
    const text = textOfBytes(bytes);
    return compare(lower ? text.toLowerCase() : text, findings);
  };
  return (lookup, findings) => {
    const value = read(lookup);
    if (value === undefined) return false;
    if (typeof value === 'string') return holds(value, findings);
    if (any) return value.some((one) => holds(one, findings));
    return value.length > 0 && value.every((one) => holds(one, findings));
  };
}

function textComparison({ operator, operand }: Predicate): TextComparison {
  const { text } = operand as Operand & { type: 'String' };
  switch (operator) {
    case '==':
      return (value) => value === text;
    case '!=':
      return (value) => value !== text;
    case '^=':
      return (value) => value.startsWith(text);
    case '=^':
      return (value) => value.endsWith(text);
    case 'contains':
      return (value) => value.includes(text);
    case '~':
      return patternComparison(text, false);
    default:
      throw new Error(`operator '${operator}' does not compare texts`);
  }
}

/** Comparisons that pin down the beginning of the path say what strip_path takes off. */
function pathComparison(predicate: Predicate): TextComparison {
  const { operator, operand } = predicate;
  const { text } = operand as Operand & { type: 'String' };
  if (operator === '~') return patternComparison(text, true);
  const compare = textComparison(predicate);
  if (operator !== '==' && operator !== '^=') return compare;
  const matched = byteString(text);
  return (value, findings) => {
    const holds = compare(value, findings);
    if (holds && findings) findings.matched = matched;
    return holds;
  };
}

function patternComparison(source: string, ofPath: boolean): TextComparison {
  const pattern = RoutePattern.compile(source, { anchored: false, unicode: true });
  return (value, findings) => {
    if (!findings) return pattern.test(value);
    const found = pattern.exec(value);
    if (!found) return false;
    if (ofPath && found.at === 0) findings.matched = found.text;
    if (found.captures) findings.captures = { ...findings.captures, ...found.captures };
    return true;
  };
}

function numberComparison({ operator, operand }: Predicate): (value: number) => boolean {
  const { number } = operand as Operand & { type: 'Int' };
  switch (operator) {
    case '==':
      return (value) => value === number;
    case '!=':
      return (value) => value !== number;
    case '>':
      return (value) => value > number;
    case '>=':
      return (value) => value >= number;
    case '<':
      return (value) => value < number;
    case '<=':
      return (value) => value <= number;
    default:
      throw new Error(`operator '${operator}' does not compare numbers`);
  }
}

function addressComparison({ operator, operand }: Predicate): (value: string) => boolean {
  const { address } = operand as Operand & { type: 'IpAddr' | 'IpCidr' };
  const family = familyOf(address);
  const list = new BlockList();
  if (operand.type === 'IpAddr') list.addAddress(address, family);
  if (operand.type === 'IpCidr') list.addSubnet(address, operand.bits, family);
  // A block list takes an IPv4 address for the IPv6 address it is mapped to; here no IPv4 address is in `::/0`.
  const inside = (value: string) => isIP(value) > 0 && familyOf(value) === family && list.check(value, family);
  return operator === '!=' || operator === 'not in' ? (value) => !inside(value) : inside;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
