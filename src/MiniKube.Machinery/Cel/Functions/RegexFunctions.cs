using System.Text.RegularExpressions;

namespace MiniKube.Machinery.Cel.Functions;

/// <summary>Regular expressions, with an end to how long one may take.</summary>
internal static class RegexFunctions
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("find", a => a is [string s, string pattern] ? Run(pattern, r => r.Match(s).Value) : CelLibrary.NotMine),
        ("findAll", a => a switch
        {
            [string s, string pattern] => Run(pattern, r => r.Matches(s).Select(m => (object?)m.Value).ToArray()),
            [string s, string pattern, long most] => Run(pattern, r => r.Matches(s).Take(most < 0 ? int.MaxValue : (int)Math.Min(most, int.MaxValue)).Select(m => (object?)m.Value).ToArray()),
            _ => CelLibrary.NotMine,
        }),
    ];

    public static object Run(string pattern, Func<Regex, object> use)
    {
        try
        {
            return use(new Regex(pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.CultureInvariant, Longest));
        }
        catch (ArgumentException)
        {
            return new CelError($"error parsing regexp: invalid pattern: `{pattern}`");
        }
        catch (RegexMatchTimeoutException)
        {
            return new CelError("operation cancelled: the regular expression takes too long");
        }
    }
}
