import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATUS_FEED_KINDS, type StatusFeed } from '../../model/status-feed.ts';
import { readPage, wordOn } from './read-page.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

function word(feed: Partial<StatusFeed> & Pick<StatusFeed, 'kind'>, page: unknown, dialect = 'openai-chat' as const) {
  const whole: StatusFeed = { urls: ['https://status.test'], components: [], ...feed };
  const reading = readPage(feed.kind, typeof page === 'string' ? page : JSON.stringify(page), NOW);
  return reading && wordOn(reading, whole, dialect);
}

describe('Statuspage', () => {
  const components = [{ id: 'c1', name: 'Model API' }];
  const page = (over: object) => ({
    page: { id: 'p', updated_at: '2026-01-01T00:00:00Z' },
    status: { indicator: 'none', description: 'All Systems Operational' },
    components: [
      { id: 'c1', name: 'Model API', status: 'operational' },
      { id: 'c2', name: 'Pictures', status: 'operational' },
    ],
    incidents: [],
    ...over,
  });

  it.each([
    ['operational', 'operational'],
    ['degraded_performance', 'degraded'],
    ['partial_outage', 'partial'],
    ['major_outage', 'outage'],
    ['full_outage', 'outage'],
    ['under_maintenance', 'maintenance'],
    ['on_holiday', 'unknown'],
  ])('component state %s means %s', (status, state) => {
    const said = word(
      { kind: 'statuspage', components },
      page({ components: [{ id: 'c1', name: 'Renamed', status }] }),
    );
    expect(said?.state).toBe(state);
  });

  it('the headline and the components of others mean nothing to us', () => {
    const others = page({
      status: { indicator: 'critical', description: 'Major outage' },
      components: [
        { id: 'c1', name: 'Model API', status: 'operational' },
        { id: 'c2', name: 'Pictures', status: 'major_outage' },
      ],
    });
    expect(word({ kind: 'statuspage', components }, others)).toEqual({ state: 'operational', about: 'Model API' });
  });

  it('a component is found by its name where its id is another', () => {
    const said = word(
      { kind: 'statuspage', components },
      page({ components: [{ id: 'x', name: 'model api', status: 'major_outage' }] }),
    );
    expect(said?.state).toBe('outage');
  });

  it('a page that speaks of none of our components says nothing, whatever its headline', () => {
    expect(word({ kind: 'statuspage', components: [{ name: 'Gone' }] }, page({}))).toEqual({ state: 'unknown' });
  });

  it('an incident under way counts for the components that it names, until it is being watched', () => {
    const incident = (status: string) =>
      page({ incidents: [{ name: 'Errors', status, impact: 'major', components: [{ id: 'c1', name: 'Model API' }] }] });
    expect(word({ kind: 'statuspage', components }, incident('identified'))).toEqual({
      state: 'partial',
      about: 'Model API: Errors',
    });
    expect(word({ kind: 'statuspage', components }, incident('monitoring'))?.state).toBe('operational');
  });

  it('without components in the configuration the headline counts: major is part of it, critical is all', () => {
    const headline = (indicator: string) => word({ kind: 'statuspage' }, page({ status: { indicator } }))?.state;
    expect(['none', 'minor', 'major', 'critical', 'maintenance', 'puce'].map(headline)).toEqual([
      'operational',
      'degraded',
      'partial',
      'outage',
      'maintenance',
      'unknown',
    ]);
  });

  it('a shim without incidents and with broken entries is read all the same', () => {
    const shim = { status: { indicator: 'none' }, components: [null, 7, { id: 'c1', status: 'partial_outage' }, {}] };
    expect(word({ kind: 'statuspage', components }, shim)?.state).toBe('partial');
  });

  it('components serve the dialects that they are for', () => {
    const scoped: StatusFeed['components'] = [
      { id: 'c1', name: 'Chat', dialects: ['openai-responses'] },
      { id: 'c2', name: 'Pictures', dialects: ['openai-chat'] },
    ];
    const down = page({
      components: [
        { id: 'c1', status: 'major_outage' },
        { id: 'c2', status: 'operational' },
      ],
    });
    expect(word({ kind: 'statuspage', components: scoped }, down)?.state).toBe('operational');
  });
});

describe('incident.io', () => {
  const components = [{ id: 'r1', name: 'Responses' }];

  it('the widget names what is affected by id, and its names apart', () => {
    const widget = {
      summary: {
        components: [{ id: 'r1', name: 'Responses' }],
        affected_components: [{ component_id: 'r1', status: 'degraded_performance' }],
        ongoing_incidents: [],
      },
    };
    expect(word({ kind: 'incident-io', components }, widget)).toEqual({ state: 'degraded', about: 'Responses' });
    expect(word({ kind: 'incident-io', components: [{ name: 'responses' }] }, widget)?.state).toBe('degraded');
  });

  it('the public summary names components within incidents; what it does not name is well', () => {
    const summary = {
      page_title: 'x',
      ongoing_incidents: [
        {
          name: 'Slow answers',
          status: 'identified',
          current_worst_impact: 'partial_outage',
          affected_components: [{ id: 'other', name: 'Chat', current_status: 'full_outage' }],
        },
      ],
    };
    expect(word({ kind: 'incident-io', components }, summary)?.state).toBe('operational');
    expect(word({ kind: 'incident-io', components: [{ name: 'Chat' }] }, summary)).toEqual({
      state: 'outage',
      about: 'Chat: Slow answers',
    });
    expect(word({ kind: 'incident-io' }, summary)?.state).toBe('partial');
  });
});

describe('Google Cloud', () => {
  const components = [{ id: 'prod', name: 'Vertex Gemini API' }];
  const incident = (over: object) => [
    {
      id: 'i',
      end: null,
      external_desc: 'Elevated errors',
      status_impact: 'SERVICE_DISRUPTION',
      most_recent_update: { status: 'SERVICE_OUTAGE' },
      affected_products: [{ id: 'prod', title: 'Vertex Gemini API' }],
      ...over,
    },
  ];

  it('an incident without an end is under way, as bad as its latest update says', () => {
    expect(word({ kind: 'google-cloud', components }, incident({}))).toEqual({
      state: 'outage',
      about: 'Vertex Gemini API: Elevated errors',
    });
    expect(word({ kind: 'google-cloud', components }, incident({ most_recent_update: {} }))?.state).toBe('partial');
  });

  it('one that has ended, is available again, or is about another product is none of ours', () => {
    for (const over of [
      { end: '2026-11-20T11:00:00Z' },
      { most_recent_update: { status: 'AVAILABLE' } },
      { affected_products: [{ id: 'mail', title: 'Mail' }] },
    ]) {
      expect(word({ kind: 'google-cloud', components }, incident(over))).toEqual({ state: 'operational' });
    }
  });
});

describe('Instatus and Better Stack', () => {
  it('Instatus knows incidents by their words', () => {
    const page = {
      page: { name: 'Search', status: 'HASISSUES' },
      activeIncidents: [{ name: 'API errors', status: 'INVESTIGATING', impact: 'MAJOROUTAGE' }],
    };
    expect(word({ kind: 'instatus', components: [{ name: 'api' }] }, page)).toEqual({
      state: 'outage',
      about: 'API errors',
    });
    expect(word({ kind: 'instatus', components: [{ name: 'website' }] }, page)?.state).toBe('operational');
    expect(word({ kind: 'instatus' }, { page: { status: 'UP' } })?.state).toBe('operational');
  });

  it('Better Stack has a resource for each component', () => {
    const page = {
      data: { attributes: { company_name: 'Hosts', aggregate_state: 'degraded' } },
      included: [
        { id: '1', type: 'status_page_resource', attributes: { public_name: 'Inference', status: 'downtime' } },
        { id: '2', type: 'status_page_section', attributes: { name: 'x' } },
      ],
    };
    expect(word({ kind: 'better-stack', components: [{ name: 'inference' }] }, page)?.state).toBe('outage');
    expect(word({ kind: 'better-stack' }, page)?.state).toBe('degraded');
  });
});

describe('RSS and Atom', () => {
  const item = (title: string, at: string, more = '') =>
    `<item><title>${title}</title><pubDate>${at}</pubDate>${more}</item>`;
  const rss = (...items: string[]) =>
    `<?xml version="1.0"?><rss version="2.0"><channel><title>s</title>${items.join('')}</channel></rss>`;
  const HOUR_AGO = 'Fri, 20 Nov 2026 11:00:00 GMT';
  const HALF_HOUR_AGO = 'Fri, 20 Nov 2026 11:30:00 GMT';

  it('an empty feed means that nothing is wrong', () => {
    expect(word({ kind: 'feed' }, rss())).toEqual({ state: 'operational' });
    expect(word({ kind: 'feed' }, '<rss><channel/></rss>')).toEqual({ state: 'operational' });
  });

  it('the newest entry of an incident decides', () => {
    const open = item('Increased error rates', HOUR_AGO, '<description>We see a partial outage.</description>');
    expect(word({ kind: 'feed' }, rss(open))).toEqual({ state: 'partial', about: 'Increased error rates' });
    const closed = item('[RESOLVED] Increased error rates', HALF_HOUR_AGO);
    expect(word({ kind: 'feed' }, rss(closed, open))?.state).toBe('operational');
    expect(word({ kind: 'feed' }, rss(open, closed))?.state).toBe('operational');
  });

  it('a category, an Amazon title and an Atom entry tell the end too', () => {
    const category = item('Slow API', HOUR_AGO, '<category>resolved</category>');
    expect(word({ kind: 'feed' }, rss(category))?.state).toBe('operational');
    expect(word({ kind: 'feed' }, rss(item('Service is operating normally: fine', HOUR_AGO)))?.state).toBe(
      'operational',
    );
    const atom = (more: string) =>
      `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Slow API</title><updated>2026-11-20T11:00:00Z</updated>${more}</entry></feed>`;
    expect(word({ kind: 'feed' }, atom(''))).toEqual({ state: 'degraded', about: 'Slow API' });
    expect(word({ kind: 'feed' }, atom('<category term="Resolved"/>'))?.state).toBe('operational');
  });

  it('an entry of another component, of last week, or of planned work shifts nothing', () => {
    const components = [{ name: 'azure openai' }];
    const other = rss(item('Storage outage', HOUR_AGO, '<description>West Europe</description>'));
    expect(word({ kind: 'feed', components }, other)?.state).toBe('operational');
    const ours = rss(item('Outage', HOUR_AGO, '<description>Azure OpenAI in West Europe</description>'));
    expect(word({ kind: 'feed', components }, ours)?.state).toBe('partial');
    expect(word({ kind: 'feed' }, rss(item('Outage', 'Fri, 13 Nov 2026 11:00:00 GMT')))?.state).toBe('operational');
    expect(word({ kind: 'feed' }, rss(item('Scheduled maintenance', HOUR_AGO)))?.state).toBe('maintenance');
  });

  it('entities do not expand', () => {
    const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${rss(item('Outage &b;&b;', HOUR_AGO))}`;
    expect(word({ kind: 'feed' }, bomb)?.about?.length ?? 0).toBeLessThan(60);
  });
});

it.each(STATUS_FEED_KINDS)('%s: whatever is no such page is unreadable, and never operational', (kind) => {
  for (const page of ['', 'null', '7', '"x"', '<html><body>Just a moment…</body></html>', '{"error":"no"}', '<a/>']) {
    expect(word({ kind }, page)).toBeUndefined();
  }
});

it('any JSON and any text is read without an error', () => {
  const json = fc.anything({ maxDepth: 6 });
  const keys = [
    'components',
    'status',
    'incidents',
    'page',
    'data',
    'attributes',
    'included',
    'summary',
    'ongoing_incidents',
  ];
  const likely = fc.dictionary(
    fc.constantFrom(...keys),
    fc.oneof(json, fc.array(fc.dictionary(fc.constantFrom(...keys), json))),
  );
  fc.assert(
    fc.property(fc.oneof(json, likely), fc.string(), (value, text) => {
      const body = JSON.stringify(value) ?? '';
      for (const kind of STATUS_FEED_KINDS) {
        word({ kind, components: [{ name: 'a' }] }, body);
        word({ kind }, text);
        word({ kind: 'feed' }, `<rss><channel><item>${text}</item></channel></rss>`);
      }
    }),
    { numRuns: 500 },
  );
});
