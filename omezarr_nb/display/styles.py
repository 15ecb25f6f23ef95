"""The style of a repr: the notebook's own colours and fonts, and nothing that the content depends on.

Colours are those of JupyterLab, then of VS Code, then follow the colour scheme of the page. Everything is still in its
place, in words, where the style element is stripped. The class is doubled to outweigh the notebook's rules for tables.
"""

from __future__ import annotations

__all__ = ["CSS"]

CSS = """
.omezarr-nb{
--oz-text:var(--jp-content-font-color1,var(--vscode-foreground,light-dark(#1b1b1b,#e6e6e6)));
--oz-quiet:color-mix(in srgb,var(--oz-text) 78%,transparent);
--oz-line:var(--jp-border-color2,var(--vscode-panel-border,light-dark(#d6d6d6,#484848)));
--oz-pane:var(--jp-layout-color2,var(--vscode-editorWidget-background,light-dark(#f3f3f3,#2a2a2a)));
--oz-error:var(--jp-error-color1,var(--vscode-errorForeground,light-dark(#c62828,#ef6a63)));
--oz-warn:var(--jp-warn-color1,var(--vscode-editorWarning-foreground,light-dark(#b26a00,#f2a33c)));
--oz-focus:var(--jp-brand-color1,var(--vscode-focusBorder,light-dark(#1565c0,#64b5f6)));
color:var(--oz-text);max-width:100%;
font:13px/1.45 var(--jp-ui-font-family,var(--vscode-font-family,system-ui,sans-serif));
font-variant-numeric:tabular-nums}
.omezarr-nb.omezarr-nb *{box-sizing:border-box}
.omezarr-nb.omezarr-nb :is(p,ul,figure,table){margin:0;padding:0}
.omezarr-nb.omezarr-nb :is(.oz-side,figcaption)>*+*,.omezarr-nb.omezarr-nb>:not(style)+*{margin-top:12px}
.omezarr-nb.omezarr-nb :is(.oz-scroll+p,figcaption p){margin-top:4px}
.omezarr-nb .oz-title{overflow-wrap:anywhere}
.omezarr-nb .oz-title b{font-size:15px}
.omezarr-nb .oz-quiet,.omezarr-nb.omezarr-nb :is(figcaption,thead th){color:var(--oz-quiet)}
.omezarr-nb.omezarr-nb.omezarr-nb code:nth-child(n){
font:12px var(--jp-code-font-family,var(--vscode-editor-font-family,monospace));
background:none;color:inherit;padding:0;border:0;overflow-wrap:anywhere}
.omezarr-nb.omezarr-nb .oz-problems{list-style:none;display:grid;gap:4px}
.omezarr-nb.omezarr-nb .oz-problems li{border-left:3px solid var(--oz-warn);background:var(--oz-pane);
padding:4px 8px;margin:0;overflow-wrap:anywhere}
.omezarr-nb.omezarr-nb .oz-problems .oz-error{border-color:var(--oz-error)}
.omezarr-nb.omezarr-nb .oz-look{display:flex;flex-wrap:wrap;gap:12px 24px;align-items:flex-start}
.omezarr-nb .oz-look>*{min-width:0;max-width:100%}
.omezarr-nb .oz-look>.oz-side{flex:1 1 420px}
.omezarr-nb figcaption{margin-top:4px;max-width:240px}
.omezarr-nb.omezarr-nb img{display:block;margin:0;max-width:none;background:var(--oz-pane)}
.omezarr-nb.omezarr-nb .oz-coarse{image-rendering:pixelated}
.omezarr-nb.omezarr-nb .oz-swatch{display:inline-block;vertical-align:-1px;margin-right:6px;
border-radius:2px;outline:1px solid var(--oz-line);outline-offset:-1px}
.omezarr-nb.omezarr-nb .oz-scroll{overflow-x:auto;max-width:100%}
.omezarr-nb :is(.oz-scroll,summary):focus-visible{outline:2px solid var(--oz-focus);outline-offset:1px}
.omezarr-nb.omezarr-nb table{border-collapse:collapse;border:0;width:auto;table-layout:auto;
font-size:13px;color:inherit}
.omezarr-nb.omezarr-nb :is(th,td):nth-child(n){text-align:left;vertical-align:middle;padding:3px 12px 3px 0;
white-space:nowrap;border:0;background:none;max-width:none;color:inherit}
.omezarr-nb.omezarr-nb thead th:nth-child(n){font-weight:normal;color:var(--oz-quiet);
border-bottom:1px solid var(--oz-line)}
.omezarr-nb.omezarr-nb thead{border:0}
.omezarr-nb.omezarr-nb tbody th:nth-child(n){font-weight:600}
.omezarr-nb.omezarr-nb tbody tr:nth-child(n){background:none;border:0}
.omezarr-nb.omezarr-nb .oz-strip{margin-bottom:8px}
.omezarr-nb.omezarr-nb .oz-strip table :is(th,td):nth-child(n){vertical-align:bottom;border:0;padding:0 12px 4px 0;
white-space:normal;max-width:120px}
.omezarr-nb.omezarr-nb .oz-grid :is(th,td):nth-child(n){text-align:center;padding:0;min-width:19px;height:20px;
line-height:1;font-weight:normal;border:0}
.omezarr-nb.omezarr-nb .oz-grid th:nth-child(n){color:var(--oz-quiet);font-size:11px}
.omezarr-nb.omezarr-nb .oz-grid tbody th:nth-child(n){text-align:right;padding-right:6px;position:sticky;left:0;
background:var(--jp-layout-color0,var(--vscode-editor-background,light-dark(#fff,#1e1e1e)))}
.omezarr-nb.omezarr-nb .oz-grid .oz-gap:nth-child(n){color:var(--oz-warn)}
.omezarr-nb.omezarr-nb .oz-grid .oz-clash:nth-child(n){color:var(--oz-error);font-weight:600}
.omezarr-nb.omezarr-nb .oz-grid .oz-none:nth-child(n){color:var(--oz-quiet)}
.omezarr-nb.omezarr-nb .oz-diff{margin:4px 0 0;padding:4px 8px;overflow-x:auto;background:var(--oz-pane);
font:11px/16px var(--jp-code-font-family,var(--vscode-editor-font-family,monospace));color:inherit}
.omezarr-nb.omezarr-nb .oz-plus{color:light-dark(#1b5e20,#81c784)}
.omezarr-nb.omezarr-nb .oz-minus{color:var(--oz-error)}
.omezarr-nb.omezarr-nb summary{cursor:pointer;min-height:24px;line-height:24px;display:list-item}
.omezarr-nb.omezarr-nb details ul{list-style:none;padding-left:20px}
.omezarr-nb.omezarr-nb details li{margin:0;line-height:1.6;overflow-wrap:anywhere}
.omezarr-nb.omezarr-nb details b{font-weight:600}
"""
