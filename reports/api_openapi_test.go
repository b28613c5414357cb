package reports

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is openapi.json as a program reads it, and nothing else that this test knows.
type description struct {
	t        *testing.T
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func readDescription(t *testing.T, body []byte) *description {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:openapi", doc); err != nil {
		t.Fatal(err)
	}
	return &description{t, doc.(map[string]any), c}
}

// at is what a JSON pointer names, through references; nil where there is nothing.
func (d *description) at(pointer ...string) any {
	d.t.Helper()
	var v any = d.doc
	for _, key := range pointer {
		m, ok := d.resolve(v).(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return d.resolve(v)
}

func (d *description) resolve(v any) any {
	for {
		m, _ := v.(map[string]any)
		ref, isRef := m["$ref"].(string)
		if !isRef {
			return v
		}
		rest, local := strings.CutPrefix(ref, "#/")
		if !local {
			d.t.Fatalf("%s leads out of the document", ref)
		}
		v = d.doc
		for key := range strings.SplitSeq(rest, "/") {
			v = v.(map[string]any)[key]
		}
		if v == nil {
			d.t.Fatalf("%s leads nowhere", ref)
		}
	}
}

// check holds a value against a schema, given where it stands.
func (d *description) check(what string, value any, pointer ...string) {
	d.t.Helper()
	escaped := make([]string, len(pointer))
	for i, p := range pointer {
		escaped[i] = url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	s, err := d.compiler.Compile("urn:openapi#/" + strings.Join(escaped, "/"))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := s.Validate(value); err != nil {
		d.t.Errorf("%s: %v", what, err)
	}
}

// where is the place of a member that may be a reference, as the check needs it.
func (d *description) where(pointer ...string) []string {
	m, _ := d.plain(pointer).(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		return strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	}
	return pointer
}

func (d *description) plain(pointer []string) any {
	var v any = d.doc
	for _, key := range pointer {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// checkResponse holds a response against the description: its status, its type, its body
// and its headers.
func (d *description) checkResponse(path string, r *http.Response, body []byte) any {
	d.t.Helper()
	what := fmt.Sprintf("%s: %d", path, r.StatusCode)
	at := []string{"paths", path, "get", "responses", fmt.Sprint(r.StatusCode)}
	if d.plain(at) == nil {
		at[len(at)-1] = "default"
	}
	at = d.where(at...)
	response := d.plain(at).(map[string]any)
	headers, _ := response["headers"].(map[string]any)
	for name := range headers {
		schema := d.where(append(slices.Clone(at), "headers", name)...)
		value := r.Header.Get(name)
		if value == "" && (name == "Link" || name == "Greybook-Withdrawn") {
			continue
		}
		if name == "Greybook-Withdrawn" {
			d.check(what+" "+name, json.Number(value), append(schema, "schema")...)
		} else {
			d.check(what+" "+name, value, append(schema, "schema")...)
		}
	}
	content, _ := response["content"].(map[string]any)
	if r.StatusCode == http.StatusNotModified {
		if len(body) > 0 || content != nil {
			d.t.Errorf("%s has a body", what)
		}
		return nil
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if content[kind] == nil {
		d.t.Errorf("%s has the type %q, which is not described", what, kind)
		return nil
	}
	if !strings.HasSuffix(kind, "json") || kind == apiNDJSON {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	d.check(what, value, append(slices.Clone(at), "content", kind, "schema")...)
	return value
}

// Every answer there is, good and bad, is one that openapi.json describes; and it describes
// the paths and parameters that there are, and no others.
func TestOpenAPIIsWhatIsAnswered(t *testing.T) {
	g := apiGeneration(t, "2026-11-15", 60, 0)
	a, clock := testAPI(t, APIOptions{MaxAge: 1}, apiGeneration(t, "2026-11-14", 59, 7), g)
	d := readDescription(t, get(t, a, "/openapi.json").Body.Bytes())
	for _, r := range a.routes {
		var names []string
		parameters, _ := d.at("paths", r.path, "get", "parameters").([]any)
		for _, p := range parameters {
			p := d.resolve(p).(map[string]any)
			if p["in"] == "query" {
				names = append(names, p["name"].(string))
			} else if !strings.Contains(r.path, "{"+p["name"].(string)+"}") || p["required"] != true {
				t.Errorf("%s: parameter %v", r.path, p)
			}
		}
		if !slices.Equal(names, r.params) {
			t.Errorf("%s takes %v, described are %v", r.path, r.params, names)
		}
		_, noToken := d.at("paths", r.path, "get").(map[string]any)["security"]
		if noToken != r.open {
			t.Errorf("%s: open %v, described as %v", r.path, r.open, noToken)
		}
	}
	if n := len(d.at("paths").(map[string]any)); n != len(a.routes) {
		t.Errorf("%d paths described, %d are there", n, len(a.routes))
	}

	try := func(path, url string, want int, header ...string) string {
		t.Helper()
		w := get(t, a, url, header...)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", url, w.Code, want)
		}
		d.checkResponse(path, w.Result(), w.Body.Bytes())
		return w.Header().Get("ETag")
	}
	estimates, style := "/v1/estimates", "/v1/estimates/{style_id}"
	for _, url := range []string{"", "?limit=1000", "?model=nobody", "?grey_day=any&min_grade=A", "?changed_since=" + a.state.Load().held[1].id, "?limit=2&changed_since=2026-11-15", "?changed_since=2026-11-14&condition=new"} {
		tag := try(estimates, estimates+url, 200)
		try(estimates, estimates+url, 304, "If-None-Match: "+tag)
		try(estimates, estimates+url, 200, "Accept: application/x-ndjson")
		try(estimates, estimates+url, 200, "Accept: application/vnd.apache.arrow.stream")
	}
	try(style, "/v1/estimates/M990GL6", 304, "If-None-Match: "+try(style, "/v1/estimates/M990GL6", 200))
	try(style, "/v1/estimates/M990GL6?condition=used", 200)
	try(style, "/v1/estimates/M990GL7", 404)
	try(style, "/v1/estimates/M990GL6?size=9", 400)
	try(style, "/v1/estimates/M990GL6", 406, "Accept: image/png")
	try(estimates, estimates+"?limit=x", 400)
	try(estimates, estimates+"?changed_since=2020-01-01", 410)
	try(estimates, estimates, 406, "Accept: image/png")
	try(estimates, estimates, 431, "X: "+strings.Repeat("x", apiHeaderMost))
	try("/v1/index", "/v1/index", 304, "If-None-Match: "+try("/v1/index", "/v1/index", 200))
	try("/v1/index", "/v1/index?segment=all&since=2026-02-01", 200)
	try("/v1/index", "/v1/index?segment=al", 400)
	try("/v1/manifest", "/v1/manifest", 304, "If-None-Match: *")
	try("/v1/manifest", "/v1/manifest", 200)
	try("/v1/manifest", "/v1/manifest?x=y", 400)
	for _, path := range []string{"/openapi.json", "/healthz", "/readyz", "/metrics"} {
		try(path, path, 200)
		try(path, path+"?x=y", 400)
	}
	clock.Add(10)
	try("/readyz", "/readyz", 503)
	for _, method := range []string{"POST", "DELETE"} {
		w := ask(t, a, method, estimates)
		d.checkResponse(estimates, w.Result(), w.Body.Bytes())
	}
	a.o.Authorize = func(string) bool { return false }
	for _, r := range a.routes {
		if !r.open {
			try(r.path, strings.ReplaceAll(r.path, "{style_id}", "x"), 401)
		}
	}
	empty, _ := testAPI(t, APIOptions{})
	w := get(t, empty, estimates)
	d.checkResponse(estimates, w.Result(), w.Body.Bytes())
	raw, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(RawProblem(431, "header-too-large", "a test"))), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(raw.Body)
	d.checkResponse(estimates, raw, body)
}

// catalogClient is a client of a service that it knows nothing of but the URL of its
// openapi.json: it finds the operations, their parameters, and how to go on, in there.
type catalogClient struct {
	*description
	base *url.URL
	http *http.Client
}

// operation is the path and the description of an operation.
func (c *catalogClient) operation(id string) (path string, op map[string]any) {
	for path, item := range c.at("paths").(map[string]any) {
		op := item.(map[string]any)["get"].(map[string]any)
		if op["operationId"] == id {
			return path, op
		}
	}
	c.t.Fatalf("there is no operation %s", id)
	return "", nil
}

// call calls an operation with its parameters, and holds the answer against its schema.
func (c *catalogClient) call(id string, args map[string]any) map[string]any {
	c.t.Helper()
	path, op := c.operation(id)
	target, query := path, url.Values{}
	parameters, _ := op["parameters"].([]any)
	used := 0
	for i, p := range parameters {
		p := c.resolve(p).(map[string]any)
		name := p["name"].(string)
		value, given := args[name]
		if !given {
			if p["required"] == true {
				c.t.Fatalf("%s needs %s", id, name)
			}
			continue
		}
		used++
		at := c.where("paths", path, "get")
		m := op["parameters"].([]any)[i].(map[string]any)
		if ref, ok := m["$ref"].(string); ok {
			c.check(name, value, append(strings.Split(strings.TrimPrefix(ref, "#/"), "/"), "schema")...)
		} else {
			c.check(name, value, append(slices.Clone(at), "parameters", fmt.Sprint(i), "schema")...)
		}
		if p["in"] == "path" {
			target = strings.ReplaceAll(target, "{"+name+"}", url.PathEscape(fmt.Sprint(value)))
		} else {
			query.Set(name, fmt.Sprint(value))
		}
	}
	if used != len(args) {
		c.t.Fatalf("%s has not all of the parameters %v", id, args)
	}
	server, err := c.base.Parse(c.at("servers").([]any)[0].(map[string]any)["url"].(string))
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := c.http.Get(strings.TrimSuffix(server.String(), "/") + target + "?" + query.Encode())
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 {
		c.t.Fatalf("%s: %d %s %v", id, r.StatusCode, shortened(string(body), 300), err)
	}
	value, _ := c.checkResponse(path, r, body).(map[string]any)
	return value
}

// links are the calls that the description derives from an answer: by name, the operation
// and its arguments, unless one of them is null.
func (c *catalogClient) links(id string, answer map[string]any) map[string]map[string]any {
	path, _ := c.operation(id)
	links, _ := c.at("paths", path, "get", "responses", "200", "links").(map[string]any)
	out := map[string]map[string]any{}
	for name, l := range links {
		args := map[string]any{}
		for param, expression := range l.(map[string]any)["parameters"].(map[string]any) {
			pointer, ok := strings.CutPrefix(expression.(string), "$response.body#/")
			if !ok {
				c.t.Fatalf("link %s: %v", name, expression)
			}
			args[param] = follow(answer, strings.Split(pointer, "/"))
		}
		out[name] = map[string]any{"operation": l.(map[string]any)["operationId"], "args": args}
	}
	return out
}

func follow(v any, pointer []string) any {
	for _, key := range pointer {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			if key != "0" || len(x) == 0 {
				return nil
			}
			v = x[0]
		}
	}
	return v
}

// A client made of openapi.json alone reads everything, and gets exactly the feed's rows.
func TestACatalogClientFromOpenAPIAlone(t *testing.T) {
	meta := sampleMeta(t)
	est := apiEstimates(meta.AsOf, 150, 0)
	g, err := NewGeneration(meta, est, apiIndex(t, 40))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := testAPI(t, APIOptions{}, g)
	server := httptest.NewServer(a)
	defer server.Close()
	base, err := url.Parse(server.URL + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := server.Client().Get(base.String())
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	c := &catalogClient{readDescription(t, body), base, server.Client()}

	var rows []any
	styles := map[string]bool{}
	for args := map[string]any{"limit": json.Number("37")}; args != nil; {
		answer := c.call("listEstimates", args)
		rows = append(rows, answer["estimates"].([]any)...)
		links := c.links("listEstimates", answer)
		one := c.call(links["style"]["operation"].(string), links["style"]["args"].(map[string]any))
		if n := len(one["estimates"].([]any)); n == 0 {
			t.Error("a style without rows")
		}
		next := links["next"]["args"].(map[string]any)["cursor"]
		if args = nil; next != nil {
			args = map[string]any{"limit": json.Number("37"), "cursor": next}
		}
	}
	dir := t.TempDir() + "/feed"
	if _, err := WriteFeed(dir, meta, est); err != nil {
		t.Fatal(err)
	}
	feed, err := jsonschema.UnmarshalJSON(bytes.NewReader(readFeed(t, dir, "estimates.json")))
	if err != nil {
		t.Fatal(err)
	}
	want := feed.(map[string]any)["estimates"].([]any)
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("%d rows that are not the feed's %d", len(rows), len(want))
	}
	var byStyle []any
	for _, row := range want {
		id := row.(map[string]any)["style_id"].(string)
		if !styles[id] {
			styles[id] = true
			byStyle = append(byStyle, c.call("getStyle", map[string]any{"style_id": id})["estimates"].([]any)...)
		}
	}
	if !reflect.DeepEqual(byStyle, want) {
		t.Error("read style by style, the rows are others")
	}
	m := c.call("getManifest", nil)
	if m["estimates"] != json.Number(fmt.Sprint(len(want))) || m["index_rows"] != json.Number("80") {
		t.Errorf("manifest %v", m)
	}
	n := 0
	for _, segment := range m["segments"].([]any) {
		n += len(c.call("getIndex", map[string]any{"segment": segment})["index"].([]any))
	}
	if n != 80 {
		t.Errorf("%d weeks of the index", n)
	}
	c.call("getReadiness", nil)
	c.call("getHealth", nil)
	c.call("getDescription", nil)
	c.call("getMetrics", nil)
}
