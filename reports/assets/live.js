/* greybook: the one script of its pages. It runs twice: in goja, when the page
 * is written, to draw each chart as SVG (still), and in the browser, to turn the
 * drawings into live charts of the same size (start). Options are data; the only
 * functions a chart can have are the marks below, called by name. */
(function (root) {
  'use strict';

  var INK = 'var(--ink)';
  var MUTED = 'var(--muted)';
  var CARD = 'var(--card)';
  var MARK = 'var(--mark)';
  var RULE = 'var(--rule)';
  var FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif';

  function line(x1, y1, x2, y2, stroke, width) {
    return { type: 'line', shape: { x1: x1, y1: y1, x2: x2, y2: y2 }, style: { stroke: stroke, lineWidth: width }, silent: true };
  }
  function rect(x, y, w, h, style) {
    return { type: 'rect', shape: { x: x, y: y, width: w, height: h }, style: style, silent: true };
  }
  /* What the pointer meets: the whole row or week, not the thin mark in it. */
  function target(x, y, w, h) {
    return { type: 'rect', shape: { x: x, y: y, width: w, height: h }, style: { fill: 'transparent' } };
  }
  /* On a phone the name of a row stands above its mark. */
  function phone(api) {
    return api.getWidth() <= 520;
  }
  /* A row that is held against the value ref. */
  function row(params, api, ref) {
    var c = params.coordSys, h = api.size([0, 1])[1];
    var y = api.coord([0, api.value(1)])[1], high = phone(api);
    var end = c.x + c.width;
    function at(v) { return api.coord([v, 0])[0]; }
    return {
      /* The line at ref must not run through the name. */
      y: y + (high ? 12 : 2), line: high ? [line(at(ref), y + 4, at(ref), y + h / 2, INK, 1.5)] : [], target: target(c.x, y - h / 2, c.width, h),
      start: c.x, end: end, told: high ? 14 : -13, ref: ref,
      /* Nothing is drawn past the ends of the axis; what lies there gets an arrow. */
      x: function (v) { return Math.max(c.x, Math.min(at(v), end)); },
      past: function (v) { return isFinite(v) && (at(v) > end + 0.5 || at(v) < c.x - 0.5); }
    };
  }
  /* An arrow at an end of the axis, and how far the value really lies. */
  function onwards(r, y, v, color) {
    var up = v > r.ref, tip = up ? r.end + 1 : r.start - 1, in10 = up ? -10 : 10;
    return [
      { type: 'polygon', shape: { points: [[tip, y], [tip + in10, y - 7], [tip + in10, y + 7]] }, style: { fill: color }, silent: true },
      {
        type: 'text', silent: true, x: tip + 1.3 * in10, y: y + r.told,
        style: {
          text: (up ? '\u2192 ' : '\u2190 ') + (r.ref === 0 ? signed(v.toFixed(2)) : v.toFixed(2)) + 'x', fill: color, font: '600 12px ' + FONT,
          align: up ? 'right' : 'left', verticalAlign: 'middle', stroke: CARD, lineWidth: 3
        }
      }
    ];
  }
  /* A number with its sign, the minus as wide as the plus. */
  function signed(text) {
    return text.charAt(0) === '-' ? '\u2212' + text.slice(1) : Number(text) > 0 ? '+' + text : text;
  }

  function tooFew(r, n) {
    return {
      type: 'text', silent: true, x: r.x(r.ref) + 8, y: r.y,
      style: { text: 'n = ' + n + ', too few', fill: MUTED, font: '12px ' + FONT, align: 'left', verticalAlign: 'middle' }
    };
  }

  /* [median, row, lo, hi, form, n]: a dot on its interval, or words where n is too small.
   * Form 1 is hollow, 2 a heading without a mark. */
  function interval(params, api, ref) {
    var r = row(params, api, ref), mid = api.value(0), lo = api.value(2), hi = api.value(3);
    var color = api.visual('color'), children = [r.target].concat(r.line), y = r.y;
    if (api.value(4) === 2) {
      return;
    }
    if (isFinite(lo) && isFinite(hi)) {
      children.push(line(r.x(lo), y, r.x(hi), y, color, 3));
      [lo, hi].forEach(function (v) {
        if (!r.past(v)) {
          children.push(line(r.x(v), y - 6, r.x(v), y + 6, color, 2));
        }
      });
    }
    var far = [mid, hi, lo].filter(r.past)[0];
    if (far !== undefined) {
      children = children.concat(onwards(r, y, far, color));
    }
    if (isFinite(mid) && !r.past(mid)) {
      var hollow = api.value(4) === 1;
      children.push({
        type: 'circle', shape: { cx: r.x(mid), cy: y, r: hollow ? 6 : 7 }, silent: true,
        style: { fill: hollow ? CARD : color, stroke: hollow ? color : CARD, lineWidth: hollow ? 3 : 2 }
      });
    } else if (!isFinite(mid)) {
      children.push(tooFew(r, api.value(5)));
    }
    return { type: 'group', children: children };
  }

  var marks = {
    interval: function (params, api) { return interval(params, api, 1); },
    side: function (params, api) { return interval(params, api, 1); },
    counted: function (params, api) { return interval(params, api, 1); },
    change: function (params, api) { return interval(params, api, 0); },
    /* [n, row]: a bar from 0 to n. */
    count: function (params, api) {
      var r = row(params, api, 0), x = r.x(0);
      return { type: 'group', children: [r.target, rect(x, r.y - 7, Math.max(1, r.x(api.value(0)) - x), 14, { fill: api.visual('color') })] };
    },
    /* [median, row, P5, P95, Q1, Q3, n]: half of all sales in the box, nine in ten between the ends. */
    box: function (params, api) {
      var r = row(params, api, 1), v = [0, 2, 3, 4, 5].map(function (d) { return api.value(d); });
      var children = [r.target].concat(r.line), color = api.visual('color'), y = r.y + 3;
      if (v.every(isFinite)) {
        var x = v.map(r.x);
        children.push(line(x[1], y, x[2], y, color, 2));
        children.push(line(x[1], y - 5, x[1], y + 5, color, 2));
        if (!r.past(v[2])) {
          children.push(line(x[2], y - 5, x[2], y + 5, color, 2));
        }
        if (!r.past(v[3])) {
          children.push(rect(x[3], y - 9, Math.max(1, x[4] - x[3]), 18, { fill: CARD }));
          children.push(rect(x[3], y - 9, Math.max(1, x[4] - x[3]), 18, { fill: color, fillOpacity: 0.3, stroke: color, lineWidth: 1.5 }));
        }
        if (!r.past(v[0])) {
          children.push(line(x[0], y - 11, x[0], y + 11, INK, 3));
        }
        if (r.past(v[2])) {
          children = children.concat(onwards(r, y, v[2], color));
        }
      } else {
        children.push(tooFew(r, api.value(6)));
      }
      return { type: 'group', children: children };
    },
    /* [week, lo, hi]: the week's interval as one step of a band. */
    week: function (params, api) {
      var c = params.coordSys, w = api.size([1, 0])[0], lo = api.value(1), hi = api.value(2);
      var p = api.coord([api.value(0), isFinite(hi) ? hi : 0]), children = [target(p[0] - w / 2, c.y, w, c.height)];
      if (isFinite(lo) && isFinite(hi)) {
        var top = Math.max(p[1], c.y), bottom = Math.max(api.coord([api.value(0), lo])[1], c.y);
        children.push(rect(p[0] - w / 2, top, w, Math.max(1, bottom - top), { fill: api.visual('color') }));
        if (p[1] < c.y - 0.5) {
          children.push({ type: 'polygon', shape: { points: [[p[0], c.y - 7], [p[0] - 5, c.y + 1], [p[0] + 5, c.y + 1]] }, style: { fill: MARK }, silent: true });
        }
      }
      return { type: 'group', children: children };
    },
    /* [x, lo, hi], ...: a band without a gap, cut at the edges of its panel. The first
     * item draws all of it: piece by piece, seams would show. */
    ribbon: function (params, api) {
      if (params.dataIndexInside > 0) {
        return;
      }
      var c = params.coordSys, there = [], back = [];
      function at(i, d) {
        var p = api.coord([api.value(0, i), api.value(d, i)]);
        return [p[0], Math.max(c.y, Math.min(p[1], c.y + c.height))];
      }
      for (var i = 0; i < params.dataInsideLength; i++) {
        there.push(at(i, 2));
        back.unshift(at(i, 1));
      }
      if (there.length === 1) {
        return rect(there[0][0] - 2, there[0][1], 4, Math.max(1, back[0][1] - there[0][1]), { fill: api.visual('color') });
      }
      return { type: 'polygon', shape: { points: there.concat(back) }, style: { fill: api.visual('color') }, silent: true };
    },
    /* [x, y, lo, hi]: how far the value may be off. */
    whisker: function (params, api) {
      var c = params.coordSys, color = api.visual('color');
      function at(v) { return Math.max(c.y, Math.min(api.coord([api.value(0), v])[1], c.y + c.height)); }
      var x = api.coord([api.value(0), 0])[0], lo = at(api.value(2)), hi = at(api.value(3));
      return { type: 'group', children: [line(x, lo, x, hi, color, 1.5)] };
    },
    /* [x, y]: a ring around a place. */
    ring: function (params, api) {
      var p = api.coord([api.value(0), api.value(1)]);
      return { type: 'circle', shape: { cx: p[0], cy: p[1], r: 6 }, style: { fill: 'transparent', stroke: api.visual('color'), lineWidth: 2.5 } };
    },
    /* [x, y]: the name of the series, right of a place. */
    tag: function (params, api) {
      var p = api.coord([api.value(0), api.value(1)]);
      return {
        type: 'text', silent: true, x: p[0] + 8, y: p[1],
        style: { text: params.seriesName, fill: api.visual('color'), font: '600 12px ' + FONT, align: 'left', verticalAlign: 'middle', stroke: CARD, lineWidth: 3 }
      };
    },
    /* [place, row, multiple, n, opacity, text is 1 for ink and 0 for card]: a field of a heat map,
     * its figure in it, or a sign of the side of retail where there is no room for one. */
    cell: function (params, api) {
      var p = api.coord([api.value(0), api.value(1)]), s = api.size([1, 1]), v = api.value(2);
      var w = s[0] - 2, h = s[1] - 2, field = { x: p[0] - w / 2, y: p[1] - h / 2, width: w, height: h };
      if (!isFinite(v)) {
        var dot = { type: 'circle', shape: { cx: p[0], cy: p[1], r: 1.5 }, style: { fill: MUTED }, silent: true };
        /* A drawing is not pointed at, and has hundreds of these. */
        return root.document ? { type: 'group', children: [{ type: 'rect', shape: field, style: { fill: 'transparent' } }, dot] } : dot;
      }
      var strong = api.value(5) === 0, paint = { fill: api.visual('color'), fillOpacity: api.value(4) };
      if (api.value(4) === 0) {
        paint = { fill: 'transparent', stroke: RULE, lineWidth: 1 };
      }
      var text = w < 20.8 ? (v > 1 ? '+' : v < 1 ? '\u2212' : '=') : v.toFixed(v < 9.995 ? 2 : v < 99.95 ? 1 : 0);
      return { type: 'group', children: [
        { type: 'rect', shape: field, style: paint },
        {
          type: 'text', silent: true, x: Math.round(p[0] * 10) / 10, y: p[1],
          style: { text: text, fill: strong ? CARD : INK, fontSize: 11, fontFamily: FONT, align: 'center', verticalAlign: 'middle' }
        }
      ] };
    },
    /* [own, row, last, other, other, n, named]: forecasts of one class on one line, the own
     * one as a dot, that of the last sale as a ring, the others as ticks. */
    errors: function (params, api) {
      var c = params.coordSys, h = api.size([0, 1])[1], high = phone(api);
      var y = api.coord([0, api.value(1)])[1] + (high ? 12 : 2);
      function at(v) { return api.coord([v, 0])[0]; }
      var children = [target(c.x, y - h / 2, c.width, h)], own = api.value(0), last = api.value(2);
      if (!isFinite(own) || !isFinite(last)) {
        children.push({
          type: 'text', silent: true, x: c.x + 8, y: y,
          style: { text: 'n = ' + api.value(5) + ', too few', fill: MUTED, font: '12px ' + FONT, align: 'left', verticalAlign: 'middle' }
        });
        return { type: 'group', children: children };
      }
      children.push(line(at(own), y, at(last), y, MARK, 2));
      [3, 4].forEach(function (d) {
        if (isFinite(api.value(d))) {
          children.push(line(at(api.value(d)), y - 6, at(api.value(d)), y + 6, MARK, 2));
        }
      });
      children.push({ type: 'circle', shape: { cx: at(last), cy: y, r: 6 }, silent: true, style: { fill: CARD, stroke: MARK, lineWidth: 3 } });
      children.push({ type: 'circle', shape: { cx: at(own), cy: y, r: 7 }, silent: true, style: { fill: api.visual('color'), stroke: CARD, lineWidth: 2 } });
      if (api.value(6) === 1) {
        /* One row names its marks, outwards, so that the names do not meet. */
        [[own, last, 'estimate', api.visual('color')], [last, own, 'last sale', MUTED]].forEach(function (m) {
          var left = m[0] <= m[1];
          children.push({
            type: 'text', silent: true, x: at(m[0]) + (left ? 7 : -7), y: y + (high ? 14 : -16),
            style: { text: m[2], fill: m[3], font: '600 12px ' + FONT, align: left ? 'right' : 'left', verticalAlign: 'middle', stroke: CARD, lineWidth: 3 }
          });
        });
      }
      return { type: 'group', children: children };
    }
  };

  /* The tooltip's text is the item's name, as text: the mode is richText. */
  var formatters = {
    signed: function (value) { return signed(String(value)) + 'x'; },
    name: function (item) {
      /* Of all at one place of an axis, the first that has words of its own. */
      return Array.isArray(item) ? item.reduce(function (text, i) { return text || (i.data && i.data.name) || ''; }, '') : item.name;
    }
  };

  function named(table, name, otherwise) {
    return Object.prototype.hasOwnProperty.call(table, name) ? table[name] : otherwise;
  }
  /* Puts the named functions into an option; an unknown mark draws nothing. */
  function resolve(option) {
    var tip = option.baseOption.tooltip;
    tip.formatter = named(formatters, tip.formatter, formatters.name);
    [].concat(option.baseOption.xAxis || []).forEach(function (x) {
      var label = x.axisLabel || {};
      label.formatter = named(formatters, label.formatter, label.formatter);
    });
    option.baseOption.series.forEach(function (s) {
      if (s.type === 'custom') {
        s.renderItem = named(marks, s.renderItem, function () {});
      }
    });
    return option;
  }

  /* One chart as an SVG text. Ids are renamed: ECharts counts its charts, and
   * the drawings would share ids with each other and with the live charts. */
  function still(json, name, width, height) {
    var chart = root.echarts.init(null, null, { renderer: 'svg', ssr: true, width: width, height: height });
    try {
      chart.setOption(resolve(JSON.parse(json)));
      return chart.renderToSVGString({ useViewBox: true })
        .replace(/<style[^]*?<\/style>/g, '')  /* the pointer's shape, of no use here */
        .replace(/\s(?:class|ecmeta_\w+)="[^"]*"/g, '')
        .replace(/(\s(?:id|clip-path|filter|fill|stroke|href|xlink:href)="(?:url\()?#?)zr\d+-/g, '$1' + name + '-')
        /* What only a pointer meets, what is so anyway, and the family that the page's own is like:
         * most of a drawing's bytes. Text cannot look so: its quotes are escaped. */
        .replace(/<path d="[^"]*"(?: transform="[^"]*")? fill="none" pointer-events="visible"(?: (?:fill|stroke)-opacity="[^"]*")?><\/path>\n?/g, '')
        .replace(/ (?:pointer-events="visible"|text-anchor="start"|xml:space="preserve"|xmlns:xlink="[^"]*"|version="1.1"|baseProfile="full")/g, '')
        .replace(/font-family:[^;"]*;?/g, '')
        .replace(/ style=""|\n/g, '')
        .replace(/><\/(?:path|rect|circle|polygon|line|polyline|ellipse)>/g, '/>');
    } finally {
      chart.dispose();
    }
  }

  /* The charts come alive one by one after the page is there, from the top: the drawings
   * stand meanwhile, and nobody waits for a chart far below. */
  function start(doc) {
    var small = root.matchMedia('(max-width: 640px)');
    var plots = Array.prototype.slice.call(doc.querySelectorAll('.plot'));
    function enliven(plot) {
      var host = plot.querySelector('.live'), data = doc.getElementById(plot.id + '-option');
      var sizes = JSON.parse(plot.getAttribute('data-sizes'));
      var chart, shown;
      /* Same size as the drawing and scaled like it, so that nothing jumps. */
      function fit() {
        var size = small.matches ? sizes.narrow : sizes.wide;
        if (!chart) {
          chart = root.echarts.init(host, null, { renderer: 'svg', width: size.W, height: size.H });
          chart.setOption(resolve(JSON.parse(data.textContent)));
        } else if (size !== shown) {
          chart.resize({ width: size.W, height: size.H });
        }
        shown = size;
        host.style.width = size.W + 'px';
        host.style.height = size.H + 'px';
        host.style.transform = 'scale(' + plot.clientWidth / size.W + ')';
        plot.style.setProperty('--live-height', plot.clientWidth * size.H / size.W + 'px');
      }
      fit();
      plot.classList.add('is-live');
      root.addEventListener('resize', fit);
    }
    (function next() {
      if (plots.length === 0) {
        doc.documentElement.setAttribute('data-live', 'yes');
        return;
      }
      enliven(plots.shift());
      root.setTimeout(next, 0);
    })();
  }

  root.greybook = { still: still };
  if (root.document) {
    start(root.document);
  }
})(typeof globalThis !== 'undefined' ? globalThis : this);
