import { svgOf, type Plot } from '#bench/plot';
import { cpuRatio, type Report } from '#bench/report';

/** Returns the plots of a report by name, each as SVG: CPU, added latency and first bytes, as far as they were measured. */
export function plotsOf(report: Report): ReadonlyMap<string, string> {
  const plots = {
    cpu: cpuPlot(report),
    latency: latencyPlot(report),
    'first-byte': burstPlot(report),
  };
  const measured = Object.entries(plots).filter(([, { groups }]) => groups.length > 0);
  return new Map(measured.map(([name, plot]) => [name, svgOf(plot)]));
}

function cpuPlot({ results, scenarios, subjects }: Report): Plot {
  const groups = scenarios
    .filter(({ kind }) => kind === 'closed')
    .map(({ name, title, on }) => ({
      title,
      bars: subjects
        .slice(1)
        .filter((kind) => kind.scenarios.includes(on))
        .map((kind) => ({
          label: kind.title,
          value: results.spread(name, kind.name, cpuRatio)?.median ?? null,
        })),
    }));
  const title = 'CPU per call, as a multiple of the raw relay (dashed)';
  return { title, unit: '×', digits: 2, line: 1, groups };
}

function latencyPlot({ results, scenarios, subjects }: Report): Plot {
  const groups = scenarios
    .filter(({ kind }) => kind === 'rate')
    .flatMap(({ name, title, on }) =>
      (['p50', 'p99'] as const).map((share) => ({
        title: `${title}, ${share}`,
        bars: subjects
          .slice(1)
          .filter((kind) => kind.scenarios.includes(on))
          .map((kind) => {
            const added = results.spread(name, kind.name, (own, raw) => own[share] - raw[share]);
            return { label: kind.title, value: added?.median ?? null };
          }),
      })),
    );
  return { title: 'Latency added to the raw relay', unit: ' ms', digits: 2, line: null, groups };
}

function burstPlot({ results, scenarios, subjects }: Report): Plot {
  const groups = scenarios
    .filter(({ kind }) => kind === 'burst')
    .map(({ name, title, on }) => ({
      title,
      bars: subjects
        .filter((kind) => kind.scenarios.includes(on))
        .map((kind) => ({
          label: kind.title,
          value: results.spread(name, kind.name, (own) => own.firstByteP50)?.median ?? null,
        })),
    }));
  return { title: 'First byte of streams, p50', unit: ' ms', digits: 1, line: null, groups };
}
