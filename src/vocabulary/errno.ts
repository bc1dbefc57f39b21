/** Errno values as Linux numbers them. A step fails by returning the negated value; success is zero or positive. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  EAGAIN: 11,
  ENOMEM: 12,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSPC: 28,
  ERANGE: 34,
  EADDRINUSE: 98,
  EOPNOTSUPP: 95,
  ETIMEDOUT: 110,
} as const;

export type Errno = keyof typeof ERRNO;

const names = new Map<number, Errno>(
  (Object.keys(ERRNO) as Errno[]).map((name) => [ERRNO[name], name] as const),
);

/** The name of an errno value given positive or negated; a number Linux does not use here prints as itself. */
export function errnoName(value: number): string {
  return names.get(Math.abs(value)) ?? `errno ${Math.abs(value)}`;
}
