package usage

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Member is a key of a plan: what it may do, and what it has done.
type Member struct {
	directory *Directory
	id        store.Key
	plan      *plan

	mu sync.Mutex
	// fullAt is the bucket of the plan's limit, methods are those of single methods' limits.
	fullAt  int64
	methods map[methodID]int64
	// days are those with calls, the newest last.
	days      []dayCount
	extension gateway.UsageExtension
	window    window
	// unsaved is the first day with calls that the store does not know of; 0 for none.
	unsaved int
	gone    bool
}

type methodID struct {
	stageID
	method string
}

// window is the quota's state on the newest day.
type window struct {
	quota *gateway.Quota
	day   int
	left  int
}

// Place is the method that is called: of a resource of a stage.
type Place struct {
	API, Stage, ResourceID, Verb string
	// Method is how plans name it: "/pets/GET", or "//GET" for the root's.
	Method string
}

// join returns a new member with what the store knows of it.
func (d *Directory) join(id store.Key, p *plan) *Member {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := &Member{directory: d, id: id, plan: p, days: d.stored[id]}
	delete(d.stored, id)
	return m
}

// leave forgets what the member has used.
func (m *Member) leave() {
	m.mu.Lock()
	m.gone = true
	m.mu.Unlock()
	m.directory.mu.Lock()
	defer m.directory.mu.Unlock()
	m.directory.gone = append(m.directory.gone, m.id)
}

func (m *Member) extend(extension gateway.UsageExtension) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.extension = extension
	m.window.quota = nil
}

// Admit takes a token for a call to a method: of the plan's limit for the method and of the plan's limit for all calls
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html). Its error has AWS's
// words (https://repost.aws/knowledge-center/api-gateway-429-limit).
func (m *Member) Admit(at *Place, now time.Time) error {
	r := m.plan.rules.Load()
	stage := stageID{at.API, at.Stage}
	method, limited := r.stages[stage][at.Method]
	if !limited && r.throttle == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	instant := int64(now.Sub(m.directory.began))
	if limited {
		id := methodID{stage, at.Method}
		next, ok := method.pace.Take(m.methods[id], instant)
		if m.methods == nil {
			m.methods = map[methodID]int64{}
		}
		m.methods[id] = next
		if !ok {
			return m.throttled(at, &method)
		}
	}
	if r.throttle != nil {
		next, ok := r.throttle.pace.Take(m.fullAt, instant)
		m.fullAt = next
		if !ok {
			return m.throttled(at, r.throttle)
		}
	}
	return nil
}

func (m *Member) throttled(at *Place, l *limit) error {
	return fmt.Errorf("Key throttle limit exceeded for Usage Plan ID %s, RestApi %s, Stage %s, Resource %s, HttpMethod %s. Limit: %.2f Burst: %d",
		m.plan.id, at.API, at.Stage, at.ResourceID, at.Verb, l.Rate, l.Burst)
}

// Spend counts a call, or returns an error, in AWS's words, when the plan's quota is used up.
func (m *Member) Spend(now time.Time) error {
	quota := m.plan.rules.Load().quota
	if quota == nil {
		return nil
	}
	day := dayOf(now)
	m.mu.Lock()
	if quota != m.window.quota || day > m.window.day {
		m.open(quota, max(day, m.window.day))
	}
	if m.window.left <= 0 {
		m.mu.Unlock()
		return fmt.Errorf("Key quota exhausted for Usage Plan ID %s. Q Limit: %d Period: %s", m.plan.id, quota.Limit, quota.Period)
	}
	m.window.left--
	if n := len(m.days); n == 0 || m.days[n-1].day != m.window.day {
		m.days = append(m.days, dayCount{day: m.window.day})
	}
	m.days[len(m.days)-1].n++
	first := m.unsaved == 0
	if first {
		m.unsaved = m.window.day
	}
	m.mu.Unlock()
	if first {
		m.directory.mu.Lock()
		m.directory.unsaved = append(m.directory.unsaved, m)
		m.directory.mu.Unlock()
	}
	return nil
}

// open makes the window that of a day, and forgets days that nobody can ask for.
func (m *Member) open(quota *gateway.Quota, day int) {
	if n := len(m.days); n > 0 {
		day = max(day, m.days[n-1].day) // the clock may have gone back over a restart
	}
	m.days = slices.DeleteFunc(m.days, func(d dayCount) bool { return d.day < day-keptDays })
	start := dayOf(quota.Start(timeOf(day)))
	left := quota.Allowed(timeOf(day), m.extension)
	for _, d := range m.days {
		if d.day >= start {
			left -= int(d.n)
		}
	}
	m.window = window{quota: quota, day: day, left: left}
}

// takeUnsaved appends the counts that the store does not know of, and returns the first of their days.
func (m *Member) takeUnsaved(counts []store.Count) ([]store.Count, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.unsaved
	m.unsaved = 0
	if m.gone {
		return counts, 0
	}
	for _, d := range m.days {
		if d.day >= from {
			counts = append(counts, store.Count{Key: m.id, Day: d.day, N: d.n})
		}
	}
	return counts, from
}

// putBack undoes takeUnsaved, and reports whether the member is to be saved again and does not wait for that already.
func (m *Member) putBack(from int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	waits := m.unsaved != 0
	if from != 0 {
		m.unsaved = from
	}
	return !waits && !m.gone && from != 0
}

// used fills in how many calls there were on the days from that one on.
func (m *Member) used(days []int, from int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.days {
		if i := d.day - from; i >= 0 && i < len(days) {
			days[i] = int(d.n)
		}
	}
}
