/** What the parser makes of source text: Lua 5.1's grammar as data, with every name resolved to where its value lives. */

/** A local variable. One that an inner function uses lives in a cell of its own, so that it outlives its block. */
export interface Local {
  readonly name: string;
  /** Its place in the frame of its function. */
  readonly slot: number;
  captured: boolean;
}

/** Where a function finds a variable of the functions around it when it is made. */
export type Capture =
  | { readonly from: 'local'; readonly local: Local }
  | { readonly from: 'capture'; readonly index: number };

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '..'
  | '=='
  | '~='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or';
export type UnaryOperator = '-' | 'not' | '#';

export interface FunctionBody {
  readonly parameters: readonly Local[];
  readonly variadic: boolean;
  readonly captures: readonly Capture[];
  readonly block: Block;
  /** Slots its frame needs. */
  readonly slots: number;
}

export type Assignable =
  | { readonly kind: 'local'; readonly local: Local; readonly line: number }
  | { readonly kind: 'captured'; readonly name: string; readonly index: number; readonly line: number }
  | { readonly kind: 'global'; readonly name: string; readonly line: number }
  | { readonly kind: 'index'; readonly object: Expression; readonly key: Expression; readonly line: number };

/** May have any number of values where it stands last in a list. */
export type Call =
  | {
      readonly kind: 'call';
      readonly callee: Expression;
      readonly args: readonly Expression[];
      readonly line: number;
    }
  | {
      readonly kind: 'method-call';
      readonly object: Expression;
      readonly method: string;
      readonly args: readonly Expression[];
      readonly line: number;
    };

export type Expression =
  | { readonly kind: 'constant'; readonly value: undefined | boolean | number | string }
  | { readonly kind: 'variadic' }
  | { readonly kind: 'function'; readonly body: FunctionBody }
  | Assignable
  | Call
  /** In parentheses: cut down to one value. */
  | { readonly kind: 'single'; readonly of: Expression }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression; readonly line: number }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly line: number;
    }
  | { readonly kind: 'table'; readonly items: readonly TableItem[] };

export type TableItem =
  | { readonly kind: 'listed'; readonly value: Expression }
  | { readonly kind: 'keyed'; readonly key: Expression; readonly value: Expression; readonly line: number };

export type Statement =
  | { readonly kind: 'local'; readonly locals: readonly Local[]; readonly values: readonly Expression[] }
  | { readonly kind: 'local-function'; readonly local: Local; readonly body: FunctionBody }
  | { readonly kind: 'assign'; readonly targets: readonly Assignable[]; readonly values: readonly Expression[] }
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'do'; readonly block: Block }
  | { readonly kind: 'while'; readonly condition: Expression; readonly block: Block }
  | { readonly kind: 'repeat'; readonly block: Block; readonly until: Expression }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly condition: Expression; readonly block: Block }[];
      readonly otherwise: Block | undefined;
    }
  | {
      readonly kind: 'numeric-for';
      readonly local: Local;
      readonly start: Expression;
      readonly limit: Expression;
      readonly step: Expression | undefined;
      readonly block: Block;
      readonly line: number;
    }
  | {
      readonly kind: 'generic-for';
      readonly locals: readonly Local[];
      readonly values: readonly Expression[];
      readonly block: Block;
      readonly line: number;
    }
  | { readonly kind: 'return'; readonly values: readonly Expression[] }
  | { readonly kind: 'break' };

export type Block = readonly Statement[];
