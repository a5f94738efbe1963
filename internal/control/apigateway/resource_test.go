package apigateway

import (
	"fmt"
	"slices"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// tree is an API whose resources tests name by their paths.
type tree struct {
	*fixture
	api string
	ids map[string]string
}

// newTree makes resources of paths, whose parents come before them.
func newTree(t testing.TB, paths ...string) tree {
	t.Helper()
	f := newFixture(t)
	api := f.api()
	tr := tree{fixture: f, api: *api.Id, ids: map[string]string{"/": *api.RootResourceId}}
	for _, path := range paths {
		i := len(path) - 1
		for path[i] != '/' {
			i--
		}
		parent := path[:max(i, 1)]
		tr.ids[path] = *do(f, f.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: tr.ids[parent], PathPart: new(path[i+1:])}).Id
	}
	return tr
}

func (tr tree) paths() []string {
	tr.Helper()
	var paths []string
	for _, item := range do(tr.fixture, tr.GetResources, gen.GetResourcesInput{RestApiId: tr.api, Limit: new(int32(500))}).Items {
		paths = append(paths, *item.Path)
	}
	slices.Sort(paths)
	return paths
}

// TestResources follows test_resource_lifecycle, recorded on AWS.
func TestResources(t *testing.T) {
	tr := newTree(t, "/pets", "/pets/subpets")
	pets := do(tr.fixture, tr.GetResource, gen.GetResourceInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"]})
	if *pets.ParentId != tr.ids["/"] || *pets.PathPart != "pets" || *pets.Path != "/pets" || pets.ResourceMethods != nil || len(*pets.Id) != 6 {
		t.Errorf("got %+v", pets)
	}
	root := do(tr.fixture, tr.GetResource, gen.GetResourceInput{RestApiId: tr.api, ResourceId: tr.ids["/"]})
	if root.ParentId != nil || root.PathPart != nil || *root.Path != "/" {
		t.Errorf("the root is %+v", root)
	}
	renamed := do(tr.fixture, tr.UpdateResource, gen.UpdateResourceInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"], PatchOperations: ops("replace /pathPart dogs")})
	if *renamed.Path != "/dogs" {
		t.Errorf("renamed to %s", *renamed.Path)
	}
	if got := tr.paths(); !has(got, "/", "/dogs", "/dogs/subpets") {
		t.Errorf("got %v", got)
	}
	do(tr.fixture, tr.DeleteResource, gen.DeleteResourceInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"]})
	if got := tr.paths(); !has(got, "/") {
		t.Errorf("got %v", got)
	}
}

// TestMoveResources: a resource takes all below it along, and only that.
func TestMoveResources(t *testing.T) {
	tr := newTree(t, "/a", "/a/b", "/a/b/{id}", "/a/b/{id}/c", "/ab", "/ab/c", "/z")
	do(tr.fixture, tr.UpdateResource, gen.UpdateResourceInput{
		RestApiId: tr.api, ResourceId: tr.ids["/a/b"], PatchOperations: ops("replace /parentId "+tr.ids["/z"], "replace /pathPart y"),
	})
	if got := tr.paths(); !has(got, "/", "/a", "/ab", "/ab/c", "/z", "/z/y", "/z/y/{id}", "/z/y/{id}/c") {
		t.Errorf("got %v", got)
	}
}

func TestResourceRefusals(t *testing.T) {
	tr := newTree(t, "/pets", "/pets/subpets", "/pets/subpets/pets", "/{proxy+}", "/v", "/v/{id}", "/v/{id}/w")
	const bad, missing = "BadRequestException: ", "NotFoundException: Invalid Resource identifier specified"
	const words = bad + "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."
	for name, tt := range map[string]struct{ parent, part, want string }{
		// recorded: test_create_resource_parent_invalid, test_create_proxy_resource_validation
		"no parent":             {"wrong", "x", missing},
		"variable by greedy":    {"/", "{dynamic}", bad + "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed"},
		"greedy by variable":    {"/v", "{proxy+}", bad + "A sibling ({id}) of this resource already has a variable path part -- only one is allowed"},
		"under greedy":          {"/{proxy+}", "child", bad + "Cannot create a child of a resource with a greedy path variable: {proxy+}"},
		"variable under greedy": {"/{proxy+}", "{child}", bad + "Cannot create a child of a resource with a greedy path variable: {proxy+}"},
		"name of a sibling":     {"/", "pets", "ConflictException: Another resource with the same parent already has this name: pets"},
		"no characters":         {"/", "", words},
		"a slash":               {"/", "a/b", words},
		"a space":               {"/", "a b", words},
		"half a variable":       {"/", "{id", words},
		"an empty variable":     {"/", "{}", words},
		"an empty greedy one":   {"/", "{+}", words},
		"a plus elsewhere":      {"/", "a+", words},
		"variable inside":       {"/", "a{id}", words},
		"not ASCII":             {"/", "é", words},
	} {
		t.Run(name, func(t *testing.T) {
			parent := tt.parent
			if id, ok := tr.ids[parent]; ok {
				parent = id
			}
			refused(t, attempt(tr.fixture, tr.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: parent, PathPart: &tt.part}), tt.want)
		})
	}
	for name, tt := range map[string]struct{ resource, op, want string }{
		// recorded: test_update_resource_behaviour, test_update_resource_on_root
		"unknown path":        {"/pets", "replace /invalid x", bad + "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]"},
		"remove":              {"/pets", "remove /pathPart", bad + "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations"},
		"add":                 {"/pets", "add /pathPart x", bad + "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations"},
		"unknown parent":      {"/pets", "replace /parentId wrong", missing},
		"under itself":        {"/pets", "replace /parentId @/pets", bad + "Resources cannot be cyclical."},
		"under a child":       {"/pets", "replace /parentId @/pets/subpets", bad + "Resources cannot be cyclical."},
		"to a sibling's name": {"/pets/subpets/pets", "replace /parentId @/", "ConflictException: Another resource with the same parent already has this name: pets"},
		"rename to a sibling": {"/v", "replace /pathPart pets", "ConflictException: Another resource with the same parent already has this name: pets"},
		"the root's name":     {"/", "replace /pathPart x", bad + "Root resource cannot update its pathPart."},
		"the root's parent":   {"/", "replace /parentId @/pets", bad + "Root resource cannot update its parentId."},
		"under greedy":        {"/v", "replace /parentId @/{proxy+}", bad + "Cannot create a child of a resource with a greedy path variable: {proxy+}"},
		"greedy with a child": {"/v/{id}", "replace /pathPart {id+}", bad + "Cannot create a child of a resource with a greedy path variable: {id+}"},
		"no path part":        {"/pets", "replace /pathPart a/b", words},
	} {
		t.Run("update/"+name, func(t *testing.T) {
			operation := ops(tt.op)
			if v := operation[0].Value; v != nil && (*v)[0] == '@' {
				operation[0].Value = new(tr.ids[(*v)[1:]])
			}
			refused(t, attempt(tr.fixture, tr.UpdateResource, gen.UpdateResourceInput{RestApiId: tr.api, ResourceId: tr.ids[tt.resource], PatchOperations: operation}), tt.want)
		})
	}
	refused(t, attempt(tr.fixture, tr.DeleteResource, gen.DeleteResourceInput{RestApiId: tr.api, ResourceId: tr.ids["/"]}), bad+"Root resource cannot be deleted.")
	refused(t, attempt(tr.fixture, tr.DeleteResource, gen.DeleteResourceInput{RestApiId: tr.api, ResourceId: "wrong"}), missing)
	refused(t, attempt(tr.fixture, tr.GetResource, gen.GetResourceInput{RestApiId: "wrong", ResourceId: tr.ids["/"]}), missing)
	refused(t, attempt(tr.fixture, tr.GetResources, gen.GetResourcesInput{RestApiId: "wrong"}), "NotFoundException: Invalid API identifier specified 111111111111:wrong")
	if got := tr.paths(); len(got) != 8 {
		t.Errorf("the refusals left %v", got)
	}
}

// TestResourceQuota: the limit is on what is made besides the root.
func TestResourceQuota(t *testing.T) {
	tr := newTree(t)
	for i := range tr.Quotas.ResourcesPerAPI {
		do(tr.fixture, tr.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: tr.ids["/"], PathPart: new(fmt.Sprint(i))})
	}
	refused(t, attempt(tr.fixture, tr.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: tr.ids["/"], PathPart: new("over")}),
		"LimitExceededException: Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources.")
}
