/** The one style of all pages. It stands in the page itself and is allowed by its hash. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f6f7f9; --line: #dfe3e8; --ink: #1b2430; --soft: #55606e;
  --accent: #3b3fb8; --accent-soft: #eceefb; --code: #f1f3f6; --code-ink: #23303f;
  --get: #1d5fa8; --get-soft: #e5f0fb; --post: #17713f; --post-soft: #e2f5e9; --bad: #a8261d; --warn: #8a5300;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --raised: #1a2028; --line: #2d3642; --ink: #e4e9ef; --soft: #a1adba;
    --accent: #a6b0ff; --accent-soft: #23284a; --code: #1c232c; --code-ink: #d6dee7;
    --get: #8cc3ff; --get-soft: #16304b; --post: #7fdca4; --post-soft: #143524; --bad: #ff9d94; --warn: #f0bd6b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; top: 0; padding: .6rem 1rem; background: var(--accent); color: var(--ground); z-index: 2; }
.skip:focus { left: 0; }
.layout { display: grid; grid-template-columns: 17.5rem minmax(0, 1fr); }
.toc {
  position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem;
  background: var(--raised); border-right: 1px solid var(--line); font-size: .875rem;
}
.toc .brand { font-weight: 700; font-size: 1.05rem; margin: 0; }
.toc .version { color: var(--soft); margin: 0 0 1.25rem; }
.toc h2 { font-size: .72rem; letter-spacing: .07em; text-transform: uppercase; color: var(--soft); margin: 1.4rem 0 .35rem; border: 0; padding: 0; }
.toc ul { list-style: none; margin: 0; padding: 0; }
.toc li a { display: flex; gap: .5rem; align-items: baseline; padding: .22rem .5rem; border-radius: 6px; color: inherit; text-decoration: none; }
.toc li a:hover { background: var(--accent-soft); color: var(--accent); }
main { padding: 2.5rem clamp(1rem, 4vw, 3.5rem) 5rem; max-width: 84rem; }
h1 { font-size: 2.1rem; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .6rem; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 3.5rem 0 1rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.2rem; line-height: 1.3; margin: 2.25rem 0 .5rem; }
h4 { font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); margin: 1.5rem 0 .4rem; }
p { margin: .5rem 0 .8rem; max-width: 46rem; overflow-wrap: anywhere; }
.lead { font-size: 1.12rem; color: var(--soft); }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; font-size: .86em; }
code { background: var(--code); color: var(--code-ink); padding: .1em .35em; border-radius: 4px; overflow-wrap: anywhere; }
pre { margin: 0; padding: .9rem 1rem; background: var(--code); color: var(--code-ink); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; line-height: 1.5; font-size: .8rem; }
pre code { background: none; padding: 0; font-size: 1em; overflow-wrap: normal; }
figure { margin: .8rem 0 1rem; min-width: 0; max-width: 60rem; }
figcaption { font-size: .8rem; color: var(--soft); margin-bottom: .3rem; }
.operation { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 2.5rem; padding: .5rem 0 2rem; }
.operation + .operation { border-top: 1px dashed var(--line); }
.route { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 0 0 .6rem; }
.route code { background: none; padding: 0; font-size: .95rem; font-weight: 600; color: var(--ink); }
.method { flex: none; display: inline-block; min-width: 3.1rem; text-align: center; font: 700 .7rem/1.6 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .04em; padding: .05rem .4rem; border-radius: 5px; }
.get { color: var(--get); background: var(--get-soft); }
.post { color: var(--post); background: var(--post-soft); }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: .75rem 0; font-size: .875rem; }
.facts div { display: flex; gap: .4rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; }
.scroll { overflow-x: auto; max-width: 60rem; margin-bottom: 1.25rem; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; line-height: 1.5; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .75rem .55rem 0; border-bottom: 1px solid var(--line); }
thead th { font-size: .75rem; color: var(--soft); font-weight: 600; border-bottom-width: 2px; }
tbody th { font-weight: 400; }
tbody th code { font-weight: 600; background: none; padding: 0; color: var(--ink); white-space: nowrap; }
tbody th a code { color: inherit; }
.need { display: block; font-size: .74rem; color: var(--soft); }
.must { color: var(--bad); font-weight: 600; }
.limits { display: block; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
@media (min-width: 36.01rem) { .fields th { width: 26%; } .fields td:nth-child(2) { width: 30%; } }
.status { white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 600; }
.codes { display: flex; flex-wrap: wrap; gap: .1rem .9rem; list-style: none; margin: 0; padding: 0; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-size: .84rem; color: var(--soft); padding: .25rem 0; }
summary b { color: var(--ink); }
.badge { display: inline-block; padding: .1rem .6rem; border-radius: 99px; font-size: .85rem; font-weight: 600; background: var(--accent-soft); color: var(--accent); }
.alone { max-width: 46rem; margin: 0 auto; padding-top: 4rem; }
.alone h2 { margin: 2rem 0 .25rem; padding: 0; border: 0; font-size: 1.15rem; }
.alone h1 code { font-size: .9em; background: none; padding: 0; }
footer { color: var(--soft); font-size: .875rem; margin-top: 4rem; }
@media (min-width: 75rem) {
  .operation { grid-template-columns: minmax(0, 1fr) minmax(0, 25rem); }
  .samples { align-self: start; position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto; }
}
@media (max-width: 60rem) {
  .layout { grid-template-columns: minmax(0, 1fr); }
  .toc { position: static; height: auto; max-height: 17rem; border-right: 0; border-bottom: 1px solid var(--line); padding: 1.25rem 1rem; }
  .toc li a { padding: .4rem .5rem; }
  main { padding-top: 1.5rem; }
  h1 { font-size: 1.7rem; }
}
@media (max-width: 36rem) {
  th, td { padding-right: .5rem; }
  .fields thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .fields tbody tr { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .fields tbody th, .fields tbody td { width: auto; padding: .1rem .5rem .1rem 0; border: 0; overflow-wrap: anywhere; }
  tbody th code { white-space: normal; overflow-wrap: anywhere; }
  tbody th { min-width: 8.5rem; }
  .fields tbody td:last-child { grid-column: 1 / -1; }
}
.report { margin: 0 auto; }
.report .scroll { max-width: none; }
.report td:first-of-type { width: 8.5rem; }
.report td p { margin: 0 0 .3rem; }
.report td ul { margin: 0; padding: 0 0 0 1.1rem; }
.notice { border-left: 4px solid var(--warn); background: var(--raised); padding: .8rem 1rem; }
.state { font-weight: 600; }
.state.pass { color: var(--post); }
.state.fail { color: var(--bad); }
.state.other { color: var(--warn); }
time { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
@page { margin: 15mm 12mm; }
@media screen and (max-width: 36rem) {
  .report thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .report tbody tr { display: grid; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .report tbody th, .report tbody td, .report td:first-of-type { width: auto; padding: .1rem 0; border: 0; overflow-wrap: anywhere; }
}
@media print {
  .toc, .skip { display: none; }
  .layout { display: block; }
  main { padding: 0; max-width: none; }
  body { font-size: .8rem; }
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .report h2 { margin-top: 1.5rem; }
}
`;
