package policy

import "strings"

// Principal is who calls. The zero value is anonymous: only "*" means it.
type Principal struct {
	Account   string // 12 digits, of the caller; "" for services and anonymous calls
	ARN       string // of a user, a role's session, a federated user or an account's root
	Role      string // the ARN of the role, when ARN is that of a session
	Service   string // such as "apigateway.amazonaws.com", when a service calls
	Federated string // the identity provider, when one vouches for the caller
	Canonical string // Amazon S3's canonical user id
}

// principals are those of one statement.
type principals struct {
	any      bool // "*", or no element at all
	not      bool // NotPrincipal
	accounts []string
	arns     []string // of roots too
	services []string
	others   []other
}

type other struct {
	kind, id string
}

// matches reports whether a statement speaks of a caller.
//
// An account in Principal means everyone in it (reference_policies_elements_principal). In NotPrincipal it excepts the
// account's root only, and a role does not except its sessions, which reference_policies_elements_notprincipal asks to
// be named one by one: whoever is not named is denied.
func (p *principals) matches(who *Principal) bool {
	if p.any {
		return true
	}
	if p.not {
		return !p.has(p.arns, who.ARN) && !p.isOther(who)
	}
	return p.has(p.accounts, who.Account) || p.has(p.arns, who.ARN) || p.has(p.arns, who.Role) || p.isOther(who)
}

// nameAccount reports whether a statement that speaks of a caller does so by the caller's account alone.
func (p *principals) nameAccount(who *Principal) bool {
	return !p.any && !p.not && !p.has(p.arns, who.ARN) && !p.has(p.arns, who.Role) && !p.isOther(who)
}

func (p *principals) has(list []string, id string) bool {
	if id == "" {
		return false
	}
	for _, s := range list {
		if s == id {
			return true
		}
	}
	return false
}

func (p *principals) isOther(who *Principal) bool {
	if who.Service != "" && (p.has(p.services, who.Service) || p.has(p.services, "*")) {
		return true
	}
	for _, o := range p.others {
		if o.id != "" && (o.kind == "Federated" && o.id == who.Federated || o.kind == "CanonicalUser" && o.id == who.Canonical) {
			return true
		}
	}
	return false
}

// principals checks the element that a kind of policy must or must not have.
func (c *compiler) principals(s *rawStatement) (principals, error) {
	has, hasNot := s.principal.at > 0, s.notPrincipal.at > 0
	ofCaller := c.options.Kind != Resource && c.options.Kind != RoleTrust
	switch {
	case has && hasNot:
		return principals{}, faultf(s.notPrincipal.at, awsSyntax, "NotPrincipal and Principal exclude each other")
	case ofCaller && (has || hasNot):
		return principals{}, faultf(max(s.principal.at, s.notPrincipal.at), awsHasPrincipal, "the policy belongs to a caller, so it names no principal")
	case ofCaller:
		return principals{any: true}, nil
	case !has && !hasNot:
		return principals{}, faultf(s.at, awsNoPrincipal, "want a Principal")
	case hasNot && s.effect.text == "Allow":
		// reference_policies_elements_notprincipal: most services refuse this, which would let anonymous callers in.
		return principals{}, faultf(s.notPrincipal.at, awsBadPrincipal, "NotPrincipal goes with Deny only")
	case hasNot:
		p, err := compilePrincipals(&s.notPrincipal)
		if err == nil && p.any {
			return principals{}, faultf(s.notPrincipal.at, awsBadPrincipal, "NotPrincipal * means nobody")
		}
		p.not = true
		return p, err
	default:
		return compilePrincipals(&s.principal)
	}
}

func compilePrincipals(raw *rawPrincipal) (principals, error) {
	p := principals{any: raw.all}
	if !raw.all && len(raw.entries) == 0 {
		return p, faultf(raw.at, awsBadPrincipal, "want a principal")
	}
	for _, e := range raw.entries {
		if len(e.ids.values) == 0 {
			return p, faultf(e.ids.at, awsBadPrincipal, "want a principal")
		}
		for _, id := range e.ids.values {
			if err := p.add(e.kind, id); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

func (p *principals) add(kind, id text) error {
	switch kind.text {
	case "AWS":
		return p.addAWS(id)
	case "Service":
		if id.text != "*" && (id.text == "" || strings.Trim(id.text, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "") {
			return faultf(id.at, awsBadPrincipal, "%q is no service: want one such as apigateway.amazonaws.com", shorten(id.text))
		}
		p.services = append(p.services, id.text)
		return nil
	case "Federated", "CanonicalUser":
		if id.text == "" || strings.ContainsAny(id.text, "*?") {
			return faultf(id.at, awsBadPrincipal, "%q names nobody: wildcards do not stand for a part of a name", shorten(id.text))
		}
		p.others = append(p.others, other{kind: kind.text, id: id.text})
		return nil
	default:
		return faultf(kind.at, awsBadPrincipal, "there are principals of AWS, Service, Federated and CanonicalUser, not of %q", shorten(kind.text))
	}
}

// addAWS takes "*", an account's id or ARN, or the ARN of a user, a role, or a session of a role or a federated user.
func (p *principals) addAWS(id text) error {
	if id.text == "*" {
		p.any = true
		return nil
	}
	if isAccount(id.text) {
		p.accounts = append(p.accounts, id.text)
		p.arns = append(p.arns, rootARN(id.text))
		return nil
	}
	fields, ok := arnFields(id.text, false)
	who := fields[5]
	kind, name, _ := strings.Cut(who, "/")
	known := who == "root" || name != "" && (fields[2] == "iam" && (kind == "user" || kind == "role") ||
		fields[2] == "sts" && (kind == "assumed-role" || kind == "federated-user"))
	if !ok || fields[0] != "arn" || !isPartition(fields[1]) || fields[3] != "" || !isAccount(fields[4]) || !known || strings.ContainsAny(who, "*?") {
		return faultf(id.at, awsBadPrincipal, "%q is no principal: want *, an account id, or the ARN of an account, user, role or session, without wildcards", shorten(id.text))
	}
	if who == "root" {
		p.accounts = append(p.accounts, fields[4])
	}
	p.arns = append(p.arns, id.text)
	return nil
}

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func isPartition(s string) bool {
	return s == "aws" || strings.HasPrefix(s, "aws-")
}
