using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Server.Oidc;

/// <summary>One issuer of an AuthenticationConfiguration, checked as upstream checks it.</summary>
internal sealed partial class JwtReader(string at, IReadOnlyList<string> disallowed, List<FieldError> errors)
{
    private static readonly Dictionary<string, Schema?> Claims = new(StringComparer.Ordinal) { ["claims"] = null };
    private static readonly Dictionary<string, Schema?> User = new(StringComparer.Ordinal) { ["user"] = null };

    /// <summary>The issuer; null when something about it is wrong, and then the errors say what.</summary>
    public IssuerRules? Read(JsonMap jwt, IReadOnlyList<IssuerRules> before)
    {
        var faults = errors.Count;
        AuthenticationConfiguration.Unknown(jwt, at + ".", errors, "issuer", "claimValidationRules", "claimMappings", "userValidationRules");
        var issuer = jwt.Map("issuer") ?? [];
        AuthenticationConfiguration.Unknown(issuer, at + ".issuer.", errors, "url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy");
        var url = Address(issuer.Text("url"), at + ".issuer.url", "URL");
        if (url is not null && disallowed.Contains(url)) errors.Add(FieldError.Invalid(at + ".issuer.url", new JsonText(url), $"URL must not overlap with disallowed issuers: [{string.Join(" ", disallowed)}]"));
        if (before.Any(b => b.Url == url)) errors.Add(FieldError.Duplicate(at + ".issuer.url", new JsonText(url!)));
        var discovery = issuer.Text("discoveryURL") is { Length: > 0 } other ? Address(other, at + ".issuer.discoveryURL", "discoveryURL") : null;
        if (discovery is not null && discovery.TrimEnd('/') == url?.TrimEnd('/')) errors.Add(FieldError.Invalid(at + ".issuer.discoveryURL", new JsonText(discovery), "discoveryURL must be different from URL"));
        if (discovery is not null && before.Any(b => b.DiscoveryUrl == discovery)) errors.Add(FieldError.Duplicate(at + ".issuer.discoveryURL", new JsonText(discovery)));
        var (audiences, authorities, mappings) = (Audiences(issuer), Authorities(issuer), Mappings(jwt));
        return errors.Count == faults ? new(url!, audiences) { DiscoveryUrl = discovery, Authorities = authorities, Who = mappings!.Who } : null;
    }

    private string? Address(string? text, string path, string name)
    {
        if (string.IsNullOrEmpty(text))
        {
            errors.Add(FieldError.Required(path, $"{name} is required"));
            return null;
        }
        var wrong = !Uri.TryCreate(text, UriKind.Absolute, out var url) ? $"{name} is no address"
            : url.Scheme != "https" ? $"{name} scheme must be https"
            : url.UserInfo.Length > 0 ? $"{name} must not contain a username or password"
            : text.Contains('?') ? $"{name} must not contain a query"
            : text.Contains('#') ? $"{name} must not contain a fragment" : null;
        if (wrong is null) return text;
        errors.Add(FieldError.Invalid(path, new JsonText(text), wrong));
        return null;
    }

    private List<string> Audiences(JsonMap issuer)
    {
        var path = at + ".issuer.audiences";
        var audiences = (issuer.List("audiences") ?? []).Texts().ToList();
        if (audiences.Count == 0) errors.Add(FieldError.Required(path, $"at least one {path} is required"));
        for (var i = 0; i < audiences.Count; i++)
        {
            if (audiences[i].Length == 0) errors.Add(FieldError.Required($"{path}[{i}]", "audience can't be empty"));
            else if (audiences.IndexOf(audiences[i]) < i) errors.Add(FieldError.Duplicate($"{path}[{i}]", new JsonText(audiences[i])));
        }
        var policy = issuer.Text("audienceMatchPolicy") ?? "";
        if (audiences.Count > 1 && policy != "MatchAny") errors.Add(FieldError.Invalid(at + ".issuer.audienceMatchPolicy", new JsonText(policy), "audienceMatchPolicy must be MatchAny for multiple audiences"));
        else if (policy is not ("" or "MatchAny")) errors.Add(FieldError.Invalid(at + ".issuer.audienceMatchPolicy", new JsonText(policy), "audienceMatchPolicy must be empty or MatchAny for single audience"));
        return audiences;
    }

    private X509Certificate2Collection? Authorities(JsonMap issuer)
    {
        if (issuer.Text("certificateAuthority") is not { Length: > 0 } pem) return null;
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            all.Clear();
        }
        if (all.Count == 0) errors.Add(FieldError.Invalid(at + ".issuer.certificateAuthority", new JsonText("<omitted>"), "data does not contain any valid RSA or ECDSA certificates"));
        return all;
    }

    private ClaimMappings? Mappings(JsonMap jwt)
    {
        var (path, told) = (at + ".claimMappings.", jwt.Map("claimMappings") ?? []);
        AuthenticationConfiguration.Unknown(told, path, errors, "username", "groups", "uid", "extra");
        var username = Source(told.Map("username") ?? [], path + "username", prefixed: true);
        var groups = told.Map("groups") is { Count: > 0 } some ? Source(some, path + "groups", prefixed: true) : null;
        var uid = told.Map("uid") is { Count: > 0 } own ? Source(own, path + "uid", prefixed: false) : null;
        var extra = Extra(told, path + "extra");
        var claimRules = Rules(jwt, "claimValidationRules", Claims);
        var userRules = Rules(jwt, "userValidationRules", User);
        // Who is called by his email must not be able to choose it.
        var texts = extra.Select(e => e.Value.Text).Concat(claimRules.Select(r => r.Expression?.Text ?? "")).Append(username?.Expression?.Text ?? "");
        if (username?.Expression is { } expression && Email().IsMatch(expression.Text) && !texts.Any(EmailVerified().IsMatch))
            errors.Add(FieldError.Invalid(path + "username.expression", new JsonText(expression.Text), "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression"));
        return username is null ? null : new(username) { Groups = groups, Uid = uid, Extra = extra, ClaimRules = claimRules, UserRules = userRules };
    }

    private ClaimSource? Source(JsonMap told, string path, bool prefixed)
    {
        AuthenticationConfiguration.Unknown(told, path + ".", errors, prefixed ? ["claim", "expression", "prefix"] : ["claim", "expression"]);
        var (claim, expression, prefix) = (told.Text("claim") ?? "", told.Text("expression") ?? "", told.Text("prefix"));
        if (claim.Length > 0 && expression.Length > 0) errors.Add(FieldError.Invalid(path, new JsonText(""), "claim and expression can't both be set"));
        else if (expression.Length > 0 && !string.IsNullOrEmpty(prefix)) errors.Add(FieldError.Invalid(path + ".prefix", new JsonText(prefix), "prefix can't be set when expression is set"));
        else if (expression.Length > 0) return Compiled(expression, path + ".expression", Claims) is { } program ? new("", "", program) : null;
        else if (claim.Length == 0) errors.Add(FieldError.Required(path, "claim or expression is required"));
        else if (prefixed && prefix is null) errors.Add(FieldError.Required(path + ".prefix", "prefix is required when claim is set. It can be set to an empty string to disable prefixing"));
        else return new(claim, prefix ?? "", null);
        return null;
    }

    private List<(string Key, CelProgram Value)> Extra(JsonMap told, string path)
    {
        var extra = new List<(string Key, CelProgram Value)>();
        var all = (told.List("extra") ?? []).Maps().ToList();
        for (var i = 0; i < all.Count; i++)
        {
            var here = $"{path}[{i}]";
            AuthenticationConfiguration.Unknown(all[i], here + ".", errors, "key", "valueExpression");
            var (key, expression) = (all[i].Text("key") ?? "", all[i].Text("valueExpression") ?? "");
            if (key.Length == 0) errors.Add(FieldError.Required(here + ".key"));
            else if (!DomainKey().IsMatch(key)) errors.Add(FieldError.Invalid(here + ".key", new JsonText(key), "must be a domain-prefixed path (such as \"acme.io/foo\") in lower case"));
            else if (Reserved(key.Split('/')[0])) errors.Add(FieldError.Invalid(here + ".key", new JsonText(key), "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"));
            if (extra.Any(e => e.Key == key)) errors.Add(FieldError.Duplicate(here + ".key", new JsonText(key)));
            if (expression.Length == 0) errors.Add(FieldError.Required(here + ".valueExpression", "valueExpression is required"));
            else if (Compiled(expression, here + ".valueExpression", Claims) is { } program) extra.Add((key, program));
        }
        return extra;
    }

    private List<ClaimRule> Rules(JsonMap jwt, string member, Dictionary<string, Schema?> variables)
    {
        var (rules, seen) = (new List<ClaimRule>(), new HashSet<string>(StringComparer.Ordinal));
        var ofClaims = ReferenceEquals(variables, Claims);
        var all = (jwt.List(member) ?? []).Maps().ToList();
        for (var i = 0; i < all.Count; i++)
        {
            var path = $"{at}.{member}[{i}]";
            AuthenticationConfiguration.Unknown(all[i], path + ".", errors, ofClaims ? ["claim", "requiredValue", "expression", "message"] : ["expression", "message"]);
            var (claim, value, expression, message) = (all[i].Text("claim") ?? "", all[i].Text("requiredValue") ?? "", all[i].Text("expression") ?? "", all[i].Text("message") ?? "");
            if (claim.Length > 0 && expression.Length > 0) errors.Add(FieldError.Invalid(path, new JsonText(claim), "claim and expression can't both be set"));
            else if (claim.Length == 0 && expression.Length == 0) errors.Add(FieldError.Required(path, ofClaims ? "claim or expression is required" : "expression is required"));
            else if (claim.Length > 0 && message.Length > 0) errors.Add(FieldError.Invalid(path + ".message", new JsonText(message), "message can't be set when claim is set"));
            else if (expression.Length > 0 && value.Length > 0) errors.Add(FieldError.Invalid(path + ".requiredValue", new JsonText(value), "requiredValue can't be set when expression is set"));
            else if (!seen.Add(claim + "\n" + expression)) errors.Add(FieldError.Duplicate(path + (claim.Length > 0 ? ".claim" : ".expression"), new JsonText(claim + expression)));
            else if (claim.Length > 0) rules.Add(new(claim, value, null, ""));
            else if (Compiled(expression, path + ".expression", variables) is { } program) rules.Add(new("", "", program, message));
        }
        return rules;
    }

    private CelProgram? Compiled(string expression, string path, Dictionary<string, Schema?> variables)
    {
        var (program, fault) = CelProgram.Compile(expression, variables);
        if (program is null) errors.Add(FieldError.Invalid(path, new JsonText(expression), $"compilation failed: {fault}"));
        return program;
    }

    private static bool Reserved(string domain) =>
        domain is "k8s.io" or "kubernetes.io" || domain.EndsWith(".k8s.io", StringComparison.Ordinal) || domain.EndsWith(".kubernetes.io", StringComparison.Ordinal);

    [GeneratedRegex(@"\bclaims\s*\.\s*\??email\b")]
    private static partial Regex Email();

    [GeneratedRegex(@"\bclaims\s*\.\s*\??email_verified\b")]
    private static partial Regex EmailVerified();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/[a-z0-9/\-._~%!$&'()*+,;=:@]+\z")]
    private static partial Regex DomainKey();
}
