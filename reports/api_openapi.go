package reports

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
)

// openAPI describes the service. It is written by hand, because its descriptions are the
// documentation; that it says what is so, tests see to.
//
//go:embed openapi.json
var openAPI []byte

// openAPIDocument is openapi.json as it is served: whole in itself, the row's schema in
// place of the reference to it, and the program's version.
func openAPIDocument(program string) ([]byte, error) {
	var schema struct {
		Defs map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(estimatesSchema, &schema); err != nil {
		return nil, err
	}
	const reference = `{"$ref": "estimates.schema.json#/$defs/estimate"}`
	const version = `"version": "1",`
	if bytes.Count(openAPI, []byte(reference)) != 1 || bytes.Count(openAPI, []byte(version)) != 1 || schema.Defs["estimate"] == nil {
		return nil, errors.New("the places for the estimate and the version are not there")
	}
	b := bytes.Replace(openAPI, []byte(reference), schema.Defs["estimate"], 1)
	if program != "" {
		said := append([]byte(version+"\n    \"x-program\": "), appendRowJSONString(nil, program)...)
		b = bytes.Replace(b, []byte(version), append(said, ','), 1)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return nil, err
	}
	return append(out.Bytes(), '\n'), nil
}
