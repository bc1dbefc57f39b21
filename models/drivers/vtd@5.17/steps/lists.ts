import type { StepContext } from '../../../../src/vocabulary/context.js';
import { fact, read, step } from '../../../../src/vocabulary/make-step.js';
import type { Step, StepKind, StepSet } from '../../../../src/vocabulary/step.js';

/** A domain has a reference count and a domain id for each IOMMU. */
const MOST_IOMMUS = 2;

/** A step on `domain.count` or `domain.did` of one IOMMU. */
function perIommu(
  kind: StepKind,
  says: string,
  array: 'count' | 'did',
  inputs: readonly string[],
  change: (old: number, value: number) => number,
  skipped = 0,
  answer: (old: number, fresh: number) => number = (_, fresh) => fresh,
): Step {
  return {
    kind,
    inputs: ['domain', 'iommu', ...inputs],
    skipped,
    says,
    bind: (world) => {
      const fields = Array.from({ length: MOST_IOMMUS }, (_, iommu) =>
        world.field(`domain.${array}${iommu}`),
      );
      return (domain, iommu, value) => {
        const field = fields[iommu];
        const old = field.get(domain);
        const fresh = change(old, value);
        if (fresh !== old) field.set(domain, fresh);
        return answer(old, fresh);
      };
    },
  };
}

/** The link of a device and a PASID on a domain, 0 for that of its subdevices; 0 when there is none. */
function linkOf(world: StepContext, domain: number, device: number, pasid: number): number {
  const links = world.objects('link');
  const field = (name: string) => world.field(`link.${name}`);
  for (let link = links.following(0); link !== 0; link = links.following(link)) {
    const isOn = field('domain').get(link) === domain && field('device').get(link) === device;
    if (isOn && field('pasid').get(link) === pasid) return link;
  }
  return 0;
}

/** What the driver keeps of devices and domains. */
export const listSteps: StepSet = {
  /** Some device behind the IOMMU, for commands that name the queue by a device. */
  deviceBehind: fact(['iommu'], (world, iommu) =>
    world.shape.devices.findIndex((device) => device.iommu === iommu),
  ),

  /** The device's device_domain_info, or 0. */
  infoOf: read("look up the device's info", ['device'], (world, device) =>
    world.field('function.info').get(device + 1),
  ),
  /** Whether the driver has ATS on in the device. */
  infoAts: read('read whether ATS is on', ['device'], (world, device) => {
    const info = world.field('function.info').get(device + 1);
    return info === 0 ? 0 : world.field('info.ats').get(info);
  }),
  setInfo: step('store', "set the device's info", ['device', 'info'], (world, device, info) => {
    world.field('function.info').set(device + 1, info);
    return 0;
  }),
  clearInfo: step('clear', "clear the device's info", ['device'], (world, device) => {
    world.field('function.info').set(device + 1, 0);
    return 0;
  }),

  /** The link of subdevices of the device on the domain, or 0. Whoever has made one holds the device lock. */
  subdeviceLink: fact(['domain', 'device'], (world, domain, device) => linkOf(world, domain, device, 0)),
  /** The link of a PASID that was attached by number, or 0. */
  pasidLink: fact(['domain', 'device', 'pasid'], linkOf),
  /** The domain that a PASID was attached to by number, or 0. */
  pasidDomain: read("look up the PASID's domain", ['device', 'pasid'], (world, device, pasid) => {
    const links = world.objects('link');
    const domain = world.field('link.domain');
    for (let link = links.following(0); link !== 0; link = links.following(link))
      if (domain.get(link) !== 0 && linkOf(world, domain.get(link), device, pasid) === link)
        return domain.get(link);
    return 0;
  }),

  raiseCount: perIommu('reference', 'take a reference of IOMMU {iommu}', 'count', [], (old) => old + 1, 2),
  /** A count that is nought already stays so, and the reference is not the last. */
  lowerCount: perIommu(
    'put',
    'drop the reference of IOMMU {iommu}',
    'count',
    [],
    (old) => Math.max(0, old - 1),
    1,
    (old, fresh) => (old === 0 ? 1 : fresh),
  ),
  countOn: perIommu('read', 'is the domain used on IOMMU {iommu}', 'count', [], (old) => old),
  didOn: perIommu('read', 'read the domain id on IOMMU {iommu}', 'did', [], (old) => old),
  setDid: perIommu('store', 'set the domain id on IOMMU {iommu}', 'did', ['did'], (_, did) => did),
  clearDid: perIommu('clear', 'clear the domain id on IOMMU {iommu}', 'did', [], () => 0),
};
