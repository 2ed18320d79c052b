/** Light and dark; one column on a phone. Contrasts are at least 4.5 to 1. */
export const STYLE = `
:root{--paper:#fff;--ink:#1c2330;--quiet:#566173;--line:#d5dae3;--raised:#f5f7fa;--good:#146c3a;--attention:#8a4b00;--problem:#b3161f;--stroke:#2457c5}
@media(prefers-color-scheme:dark){:root{--paper:#12161d;--ink:#e7ebf2;--quiet:#a3aec0;--line:#333c4a;--raised:#1a202a;--good:#5fd08f;--attention:#ffb454;--problem:#ff8589;--stroke:#86aeff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;background:var(--paper);color:var(--ink)}
h1,h2,h3,p,dl,dd,ol{margin:0;padding:0}
h1{font-size:1.1rem}h2{font-size:1.05rem;margin-bottom:.4rem}h3{font-size:.95rem}
header{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline}
header p,.small,.at{color:var(--quiet);font-size:.875rem}
code,pre{font:.875em/1.5 ui-monospace,monospace}header code{overflow-wrap:anywhere}
section{margin:1.2rem 0}
.verdict{display:flex;gap:1rem;border:1px solid var(--line);border-left:.6rem solid;border-radius:.4rem;padding:1rem;background:var(--raised)}
.verdict h2{font-size:1.35rem;line-height:1.3;color:var(--ink)}.verdict>div{min-width:0;overflow-wrap:anywhere}
.mark{font-size:1.6rem;font-weight:700;line-height:1.2}
.good{border-left-color:var(--good)}.good .mark{color:var(--good)}
.attention{border-left-color:var(--attention)}.attention .mark{color:var(--attention)}
.problem{border-left-color:var(--problem)}.problem .mark{color:var(--problem)}
pre{margin:.6rem 0 0;padding:.6rem;overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:.3rem}
.way,.tiles,.columns{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));list-style:none}
.way li,.tile{border:1px solid var(--line);border-radius:.4rem;padding:.7rem .9rem;min-width:0;overflow-wrap:anywhere}
.columns{gap:0 2rem}.columns section{min-width:0}
.number{font-size:1.6rem;font-weight:600}.number span{font-size:.875rem;font-weight:400;color:var(--quiet)}
svg{display:block;width:100%;height:3rem;border-bottom:1px solid var(--line)}polyline{fill:none;stroke:var(--stroke);stroke-width:2;vector-effect:non-scaling-stroke}
dl div{display:flex;justify-content:space-between;gap:1rem;border-top:1px solid var(--line);padding:.3rem 0}
dt{color:var(--quiet);flex:none}dd{text-align:right;min-width:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;overflow-wrap:anywhere;border-top:1px solid var(--line)}
thead th{border:0;color:var(--quiet);font-weight:400;font-size:.875rem}tbody th{font-weight:600;overflow-wrap:normal}
thead th{white-space:nowrap}
@media(max-width:30rem){.fixes thead{display:none}.fixes tr{display:grid;grid-template-columns:1fr auto}.fixes td{border:0;padding-right:0}.fixes td:first-of-type{border-top:1px solid var(--line)}.fixes td:last-child{grid-column:1/-1}}
.wide{overflow-x:auto}.wide th,.wide td{white-space:nowrap;overflow-wrap:normal}
footer{border-top:1px solid var(--line)}summary{cursor:pointer}nav{margin:1rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1rem}a{color:var(--stroke)}
:focus-visible{outline:3px solid var(--stroke);outline-offset:2px}
`;

/**
 * Fetches the page every 10 s while somebody looks, and puts the new figures in the place of the old ones. What was
 * opened stays open, the focus stays where it was, and what is being selected, to be copied, is left alone. When no
 * answer comes, the page says so: old figures must not look like good ones.
 */
export const SCRIPT = `
const parts=(of)=>[...of.querySelectorAll('summary,[tabindex]')];
const lost=()=>{
document.title='No answer: twilio-otel-agent';
const verdict=document.querySelector('.verdict');
verdict.className='verdict problem';
verdict.querySelector('.mark').textContent='\u2715';
const said=document.getElementById('verdict');
said.textContent='The agent does not answer: the figures below are old.';
said.parentElement.replaceChildren(said);
};
setInterval(async()=>{
if(document.hidden)return;
try{
const answer=await fetch(location.href,{cache:'no-store'});
if(!answer.ok)return lost();
const page=new DOMParser().parseFromString(await answer.text(),'text/html');
if(!getSelection().isCollapsed)return;
const old=document.getElementById('live'),fresh=page.getElementById('live');
const focus=parts(old).indexOf(document.activeElement);
const opened=[...old.querySelectorAll('details[open] > summary')].map(({textContent})=>textContent.replace(/[0-9]+/,''));
for(const each of fresh.querySelectorAll('details'))each.open=opened.includes(each.querySelector('summary').textContent.replace(/[0-9]+/,''));
old.replaceWith(fresh);
parts(fresh)[focus]?.focus({preventScroll:true});
document.title=page.title;
}catch{lost()}
},10000);
`;
