package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The files of a wicked seller: every text that a record or a style can bring
// holds markup that would run, load or close what it stands in.
const (
	wickedStyles = `style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence
M990XX1,990,v6,</script><script>alert(1)</script>,2024-05-01,200,USD,USA,men,2024,<img src=x onerror=alert(2)>,high
M990XX2,990,v5,"""><svg onload=alert(3)>{name|x}${alert(3)}",2020-05-01,185,USD,USA,men,,"'-alert(3)-'",high
`
	wickedSale = "2026-11-0%d,%d,M990XX%d,</script><script>alert(4)</script>,new,\"%s\"\n"
	wickedRest = `2026-11-03,150,,</title></style></script><script>alert(7)</script>,new,StockX
<script>alert(8)</script>,150,M990XX1,x,new,StockX
2026-11-04,<!--<script>alert(9)//,M990XX1,x,new,StockX
`
)

// TestPageOfHostileBook takes hostile files the whole way, by the command: files,
// book, page, browser. No dialog, no request, nothing on the console.
func TestPageOfHostileBook(t *testing.T) {
	e := testEnv(t)
	sales := "sold_at,price,style_code,title,condition,marketplace\n"
	for i := range 8 {
		sales += fmt.Sprintf(wickedSale, i+1, 210+10*i, 1, "</script><script>alert(5)</script>")
		sales += fmt.Sprintf(wickedSale, i+1, 150+10*i, 2, `'><iframe src=javascript:alert(6)>\u003cscript>`)
	}
	for name, text := range map[string]string{"styles.csv": wickedStyles, "sales.csv": sales + wickedRest} {
		if err := os.WriteFile(filepath.Join(e.Dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	greybook := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		e.Stdout, e.Stderr = &stdout, &stderr
		if err := run(t.Context(), e, args); err != nil {
			t.Fatalf("greybook %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return strings.TrimSpace(stdout.String())
	}
	greybook("ingest", "styles", filepath.Join(e.Dir, "styles.csv"))
	greybook("ingest", "sales", filepath.Join(e.Dir, "sales.csv"))
	ctx := newBrowser(t)
	var seen witness
	seen.watch(t, ctx)
	for by, want := range map[string]string{ // text that the page must show, as text
		"version":     "990v6 has the highest median",
		"colorway":    "</script><script>alert(1)</script> has the highest median",
		"marketplace": "</script><script>alert(5)</script> has the highest median",
		"grey_day":    "Grey Day 2024: 990v6 </script><script>alert(1)</script>",
	} {
		file := greybook("report", "--as-of", "2026-11-20", "--by", by, "-o", "by-"+by)
		if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.Join(e.Dir, file))); err != nil {
			t.Fatal(err)
		}
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText + [...document.querySelectorAll('.still text')].map(e => e.textContent).join(' ')`))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, want) {
			t.Errorf("by %s: the page does not show %q", by, want)
		}
		state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[
			document.querySelectorAll('.live svg').length, document.querySelectorAll('script').length,
			document.querySelectorAll('img, iframe, object, embed, link, [onload], [onerror]').length].join(' ')`))
		if err != nil {
			t.Fatal(err)
		}
		// Five live charts (with what sold most); 5 options, ECharts, live.js; no element that a text made.
		if state != "5 7 0" {
			t.Errorf("by %s: charts, scripts and foreign elements are %s, want 5 7 0", by, state)
		}
	}
	seen.Lock()
	defer seen.Unlock()
	for _, s := range seen.list {
		t.Error(s)
	}
}

// newBrowser starts a headless Chromium for one test, or skips it.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine: the page is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// witness notes whatever a page must not do.
type witness struct {
	sync.Mutex
	list []string
}

func (w *witness) watch(t *testing.T, ctx context.Context) {
	t.Helper()
	note := func(format string, args ...any) {
		w.Lock()
		defer w.Unlock()
		w.list = append(w.list, fmt.Sprintf(format, args...))
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			if ev.Type != network.ResourceTypeDocument || !strings.HasPrefix(ev.Request.URL, "file://") {
				note("request: %.200s", ev.Request.URL)
			}
		case *cdppage.EventJavascriptDialogOpening:
			note("dialog: %s", ev.Message)
			go func() { // not from here: Listen's function must not call the browser
				_, _ = chromedp.Call(ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		case *runtime.EventExceptionThrown:
			note("exception: %v", ev.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			note("console %s: %v", ev.Type, ev.Args)
		case *cdplog.EventEntryAdded:
			note("log %s: %s", ev.Entry.Level, ev.Entry.Text)
		}
	})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestScorecardOfSample takes the sample the whole way to the scorecard's page, with
// two vintages of the index to compare: four charts, no request, nothing on the console.
func TestScorecardOfSample(t *testing.T) {
	e := testEnv(t)
	greybook := func(args ...string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		e.Stdout, e.Stderr = &stdout, &stderr
		if err := run(t.Context(), e, args); err != nil {
			t.Fatalf("greybook %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
	}
	ctx := newBrowser(t)
	greybook("sample", "-o", "sample")
	greybook("ingest", "sales", "--as-of", "2026-11-15", filepath.Join(e.Dir, "sample", "synthetic-goat.csv"))
	greybook("analyze", "index", "--publish", "--as-of", "2026-11-01")
	greybook("analyze", "index", "--publish", "--as-of", "2026-11-08")
	greybook("backtest", "--as-of", "2026-11-15", "--page", "scorecard.html")
	var seen witness
	seen.watch(t, ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.Join(e.Dir, "scorecard.html"))); err != nil {
		t.Fatal(err)
	}
	state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[
		document.querySelectorAll('.live svg').length, document.querySelectorAll('.still svg').length,
		document.querySelectorAll('.tiles li').length, document.querySelectorAll('.banners').length].join(' ')`))
	if err != nil {
		t.Fatal(err)
	}
	if state != "4 8 4 1" { // each of four charts live and drawn twice, four headline figures, the banner of synthetic data
		t.Errorf("live charts, drawings, tiles and banners are %s, want 4 8 4 1", state)
	}
	seen.Lock()
	defer seen.Unlock()
	for _, s := range seen.list {
		t.Error(s)
	}
}
