using System.Text.RegularExpressions;

namespace MiniKube.Machinery;

/// <summary>Names like "acme.io/foo", by which programs say who they are.</summary>
public static partial class DomainPath
{
    [GeneratedRegex(@"\A[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\z")]
    private static partial Regex PathPattern();

    public static void FollowsDomainPath(this Spot at)
    {
        if (at.IsBlank)
        {
            at.Required();
            return;
        }
        var slash = at.Text.IndexOf('/');
        if (slash <= 0 || slash == at.Text.Length - 1)
        {
            at.Invalid("must be a domain-prefixed path (such as \"acme.io/foo\")");
            return;
        }
        var (host, path) = (at.Text[..slash], at.Text[(slash + 1)..]);
        foreach (var fault in NameRules.DnsSubdomain(host)) at.Invalid(host, fault);
        if (!PathPattern().IsMatch(path)) at.Invalid(path, @"Invalid path (regex used for validation is '[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')");
    }
}
