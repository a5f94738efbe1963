package apigateway

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// ImportApiKeys makes the keys of a file, and puts them into plans. The format is that of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html; texts are our own. Lines that cannot
// be taken are warnings, or refuse the whole file when warnings shall.
func (s *Service) ImportApiKeys(ctx context.Context, call *wire.Call, in *gen.ImportApiKeysInput) (*gen.ImportApiKeysOutput, error) {
	rows, warnings, err := readKeyFile(in.Body)
	if err != nil {
		return nil, err
	}
	out := gen.ImportApiKeysOutput{Ids: []string{}}
	err = s.update(ctx, call, func(w writer) error {
		order, all := s.Now().UnixNano(), keyImport{writer: w, plans: map[string]joinable{}}
		var err error
		if all.left, err = w.apiKeysLeft(); err != nil {
			return err
		}
		for i, row := range rows {
			row.key.Order = order + int64(i)
			id, more, err := all.add(row)
			if err != nil {
				return err
			}
			warnings = append(warnings, more...)
			out.Ids = append(out.Ids, id)
		}
		if isTrue(in.FailOnWarnings) && len(warnings) > 0 {
			return badRequest("Warnings found during import: %s", strings.Join(warnings, "; "))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.Warnings = some(warnings)
	return &out, nil
}

// keyRow is a line of a file of keys.
type keyRow struct {
	line  int
	key   gateway.APIKey
	plans []string
}

// keyImport is an import in progress. What it asks of many keys it asks once.
type keyImport struct {
	writer
	left  int
	plans map[string]joinable
}

// add makes a key, or puts it in the place of the one with the same value.
func (in *keyImport) add(row keyRow) (id string, warnings []string, err error) {
	key := row.key
	old, err := state.APIKeys().Lookup(in, state.APIKeyValueIndex, in.key("", key.Value))
	switch {
	case err == nil:
		key.ID, key.CreatedAt, key.UpdatedAt, key.Order = old.Value.ID, old.Value.CreatedAt, in.now, old.Value.Order
		key.CustomerID, key.StageKeys, key.Tags = old.Value.CustomerID, old.Value.StageKeys, old.Value.Tags
		err = state.APIKeys().Put(in.tx, in.key("", key.ID), key)
	case errors.Is(err, store.ErrNotFound):
		key.ID = gateway.NewID(gateway.APIKeyIDLength)
		err = in.createAPIKey(&key, in.left)
		in.left--
	}
	if err != nil {
		return "", nil, err
	}
	for _, planID := range row.plans {
		err := in.join(planID, gateway.UsagePlanKey{KeyID: key.ID, Type: apiKeyType, Order: row.key.Order})
		var known wire.Modelled
		if errors.As(err, &known) {
			warnings = append(warnings, fmt.Sprintf("Line %d: the key cannot be added to the usage plan %s: %v", row.line, planID, err))
		} else if err != nil {
			return "", nil, err
		}
	}
	return key.ID, warnings, nil
}

func (in *keyImport) join(planID string, key gateway.UsagePlanKey) error {
	to, ok := in.plans[planID]
	if !ok {
		var err error
		if to, err = in.joinable(planID); err != nil {
			return err
		}
		in.plans[planID] = to
	}
	return in.addPlanKey(to, key)
}

// readKeyFile reads a file of keys. Columns come in any order, names in any case, and unknown ones do not matter.
func readKeyFile(file []byte) (rows []keyRow, warnings []string, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	records, err := r.ReadAll()
	if err != nil || len(records) == 0 {
		return nil, nil, badRequest("Invalid API key file: it must hold comma-separated values under a line of column names")
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"name", "key"} {
		if _, ok := column[name]; !ok {
			return nil, nil, badRequest("Invalid API key file: the column %s is missing", name)
		}
	}
	for i, record := range records[1:] {
		row := readKeyRow(record, column)
		row.line = i + 2
		if err := checkAPIKey(row.key); err != nil {
			warnings = append(warnings, fmt.Sprintf("Line %d: %v", row.line, err))
			continue
		}
		rows = append(rows, row)
	}
	return rows, warnings, nil
}

func readKeyRow(record []string, column map[string]int) keyRow {
	field := func(name string) string {
		if i, ok := column[name]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	row := keyRow{key: gateway.APIKey{
		Name: field("name"), Value: field("key"), Description: field("description"), Enabled: !strings.EqualFold(field("enabled"), "false"),
	}}
	for id := range strings.SplitSeq(strings.Trim(field("usageplanids"), "'"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			row.plans = append(row.plans, id)
		}
	}
	return row
}
