package ingest

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A workbook is packed XML: what it unpacks to is bounded, so that a small file can't
// fill the disk.
const (
	maxWorkbook      = 4 << 30
	maxSheetInMemory = 64 << 20 // beyond that it is unpacked to the disk
)

// xlsxReader reads the rows of a sheet as texts. A record's line is its row in the
// sheet, from 1. Days are numbers in a workbook, told from others only by how they
// are shown: the columns that the profile calls dates are written as ISO 8601.
type xlsxReader struct {
	rows   *excelize.Rows
	closer func() error // of the workbook; nil: not this reader's to close
	header []string
	dates  map[int]bool
	from   int64 // the row of the header
	row    int64
	y1904  bool
}

func openWorkbook(f *file) (*excelize.File, error) {
	book, err := guarded(func() (*excelize.File, error) {
		return excelize.OpenFile(f.readPath, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxSheetInMemory})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: as XLSX: %w", f.path, err)
	}
	return book, nil
}

func newXLSXReader(f *file) (*xlsxReader, error) {
	book, err := openWorkbook(f)
	if err != nil {
		return nil, err
	}
	r := &xlsxReader{header: f.header, from: f.headLine, dates: map[int]bool{}, closer: book.Close}
	for i, name := range f.header {
		r.dates[i] = f.dateColumns[name]
	}
	if err := r.open(book, f.sheet); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: as XLSX: %w", f.path, err), book.Close())
	}
	return r, nil
}

// open begins with a sheet.
func (r *xlsxReader) open(book *excelize.File, sheet string) (err error) {
	r.rows, err = guarded(func() (*excelize.Rows, error) {
		if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
			r.y1904 = *props.Date1904
		}
		return book.Rows(sheet)
	})
	return err
}

// sheetHeads reads the first rows of all sheets.
func (f *file) sheetHeads() error {
	book, err := openWorkbook(f)
	if err != nil {
		return err
	}
	for _, name := range book.GetSheetList() {
		r := &xlsxReader{}
		if err = r.open(book, name); err != nil {
			continue // a sheet of another kind, such as a chart
		}
		if err = f.firstRows(name, r); err != nil {
			break
		}
	}
	if err == nil && len(f.sheets) == 0 {
		err = fmt.Errorf("%s: no sheet of it has rows", f.path)
	}
	return errors.Join(err, book.Close())
}

func (r *xlsxReader) close() error {
	_, err := guarded(func() (struct{}, error) {
		err := r.rows.Close()
		if r.closer != nil {
			err = errors.Join(err, r.closer())
		}
		return struct{}{}, err
	})
	return err
}

func (r *xlsxReader) next() (record, error) {
	return guarded(func() (record, error) {
		for r.rows.Next() {
			r.row++
			if r.row > excelize.TotalRows { // the library counts up to whatever number a row gives itself
				return record{}, fmt.Errorf("a row calls itself later than row %d, the last that a sheet may have", excelize.TotalRows)
			}
			cells, err := r.rows.Columns()
			if err != nil {
				return record{}, err
			}
			if r.row <= r.from || strings.Join(cells, "") == "" {
				continue
			}
			return r.record(cells), nil
		}
		if err := r.rows.Error(); err != nil {
			return record{}, err
		}
		return record{}, io.EOF
	})
}

func (r *xlsxReader) record(cells []string) record {
	rec := record{line: r.row}
	for i, c := range cells {
		if r.dates[i] {
			c = r.dayText(c)
		}
		text, reason := checkedText(shortNumber(c))
		if reason != "" {
			rec.reason = reason
		}
		cells[i] = text
	}
	rec.raw = fieldsAsJSON(r.header, cells)
	if r.header == nil { // looking for it
		rec.fields = cells
		return rec
	}
	if len(cells) > len(r.header) {
		if strings.Join(cells[len(r.header):], "") != "" {
			rec.reason, rec.raw = "wrong_field_count", rawText([]byte(strings.Join(cells, "\t")))
		}
		cells = cells[:len(r.header)]
	}
	if rec.reason == "" {
		rec.fields = append(cells, make([]string, len(r.header)-len(cells))...)
	}
	return rec
}

var (
	serialDay  = regexp.MustCompile(`^\d{1,6}(\.\d+)?$`)
	longNumber = regexp.MustCompile(`^-?\d+\.\d{10,}(E-?\d+)?$`)
)

// dayText writes a serial number of days as ISO 8601; what is none stays as it is.
func (r *xlsxReader) dayText(cell string) string {
	if !serialDay.MatchString(cell) {
		return cell
	}
	serial, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return cell
	}
	t, err := excelize.ExcelDateToTime(serial, r.y1904)
	if err != nil {
		return cell
	}
	if !strings.Contains(cell, ".") {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04:05")
}

// shortNumber drops the digits that stand in a workbook only because it keeps binary
// fractions: 185.99000000000001 is 185.99.
func shortNumber(cell string) string {
	if !longNumber.MatchString(cell) {
		return cell
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return cell
	}
	return floatText(v, 64)
}
