import { quadText } from './qtest.js';
import type { Store } from './memory.js';

/** An access by a device. `pasid` is -1 for none; `permission` 1 read, 2 write. */
export interface Request {
  readonly do: 'request';
  readonly device: number;
  readonly pasid: number;
  readonly page: number;
  readonly permission: number;
}

/** An invalidation, by the name it has in the architecture's table, and its scope. */
export interface Command {
  readonly do: 'command';
  readonly name: string;
  readonly device: number;
  readonly pasid: number;
  readonly tag: number;
  readonly page: number;
  readonly mask: number;
  readonly hint: number;
}

export type Action = (Store & { readonly do: 'store' }) | Command | Request;

/** One random set of tables, and what then happens. The same on both sides, bit by bit. */
export interface Case {
  readonly hardware: string;
  readonly mode: string;
  /** The architecture's root register: the frame where walks begin, and what else the register holds. */
  readonly root: number;
  readonly rootMode: number;
  /** What memory holds at the start, beside zeros. */
  readonly stores: readonly Store[];
  readonly actions: readonly Action[];
}

/** What became of a request. */
export type Answer =
  | { readonly kind: 'frame'; readonly frame: number }
  | { readonly kind: 'fault'; readonly reason: number; readonly page: number }
  /** No access took place, and nothing was recorded. */
  | { readonly kind: 'blocked' };

/** A case that does not read as one. */
export class CaseError extends Error {}

const ACCESS = ['', 'read', 'write', 'read-write'];
const hex = (value: number): string => `0x${value.toString(16)}`;

export function storeText({ frame, index, low, high }: Store): string {
  return `${hex(frame)}[${index}] = 0x${quadText(low, high)}`;
}

export function actionText(action: Action): string {
  switch (action.do) {
    case 'store':
      return storeText(action);
    case 'command': {
      const { name, device, pasid, tag, page, mask, hint } = action;
      return `invalidate ${name} device ${device} pasid ${pasid} tag ${tag} page ${hex(page)} mask ${mask} hint ${hint}`;
    }
    case 'request': {
      const { device, pasid, page, permission } = action;
      return `${ACCESS[permission]} device ${device} pasid ${pasid} page ${hex(page)}`;
    }
  }
}

/** What a file holds of a case. */
export function caseToJson({ stores, actions, ...rest }: Case): object {
  return { ...rest, stores: stores.map(storeText), actions: actions.map(actionText) };
}

const STORE = /^0x([0-9a-f]+)\[(\d+)\] = 0x([0-9a-f]{8})([0-9a-f]{8})$/;
const COMMAND =
  /^invalidate (\S+) device (\d+) pasid (-?\d+) tag (-?\d+) page 0x([0-9a-f]+) mask (\d+) hint (\d)$/;
const REQUEST = /^(read-write|read|write) device (\d+) pasid (-?\d+) page 0x([0-9a-f]+)$/;

/** The case in the text of a file. */
export function caseFromJson(value: unknown): Case {
  const { hardware, mode, root, rootMode, stores, actions } = (value ?? {}) as Record<string, unknown>;
  if (typeof hardware !== 'string' || typeof mode !== 'string')
    throw new CaseError('names no hardware and mode');
  if (typeof root !== 'number' || typeof rootMode !== 'number') throw new CaseError('has no root');
  if (!Array.isArray(stores) || !Array.isArray(actions)) throw new CaseError('has no stores and actions');
  return { hardware, mode, root, rootMode, stores: stores.map(storeOf), actions: actions.map(actionOf) };
}

function storeOf(text: unknown): Store {
  const found = STORE.exec(String(text));
  if (found === null) throw new CaseError(`holds '${text}', which is no store`);
  const [, frame, index, high, low] = found;
  return {
    frame: Number.parseInt(frame, 16),
    index: Number(index),
    low: Number.parseInt(low, 16) | 0,
    high: Number.parseInt(high, 16) | 0,
  };
}

function actionOf(text: unknown): Action {
  const written = String(text);
  const request = REQUEST.exec(written);
  if (request !== null) {
    const [, what, device, pasid, page] = request;
    return {
      do: 'request',
      device: Number(device),
      pasid: Number(pasid),
      page: Number.parseInt(page, 16),
      permission: ACCESS.indexOf(what),
    };
  }
  const command = COMMAND.exec(written);
  if (command === null) return { do: 'store', ...storeOf(text) };
  const [, name, device, pasid, tag, page, mask, hint] = command;
  return {
    do: 'command',
    name,
    device: Number(device),
    pasid: Number(pasid),
    tag: Number(tag),
    page: Number.parseInt(page, 16),
    mask: Number(mask),
    hint: Number(hint),
  };
}
