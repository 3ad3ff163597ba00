using MiniKube.Machinery;
using MiniKube.Server.Oidc;

namespace MiniKube.Server;

/// <summary>Who may come without credentials: nobody, anybody, or anybody to some paths.</summary>
public sealed record AnonymousAccess(bool Enabled, IReadOnlyList<string> Paths)
{
    public static readonly AnonymousAccess Everywhere = new(true, []);

    public bool At(string path) => Enabled && (Paths.Count == 0 || Paths.Contains(path));
}

/// <summary>Upstream's AuthenticationConfiguration: issuers of tokens, and who may come without.</summary>
public sealed record AuthenticationConfiguration(IReadOnlyList<IssuerRules> Issuers, AnonymousAccess Anonymous)
{
    private const string Group = "apiserver.config.k8s.io/";
    private const int MostIssuers = 64;

    /// <summary>The configuration, or everything that is wrong with it. An issuer among the disallowed is one of our own.</summary>
    public static Result<AuthenticationConfiguration> Read(string text, IReadOnlyList<string> disallowed)
    {
        try
        {
            if (YamlReader.Read(text) is not JsonMap file || file.Text("kind") != "AuthenticationConfiguration") return ApiError.BadRequest("it is not an AuthenticationConfiguration");
            if (file.Text("apiVersion") is not (Group + "v1" or Group + "v1beta1" or Group + "v1alpha1")) return ApiError.BadRequest($"there is no version \"{file.Text("apiVersion")}\" of AuthenticationConfiguration");
            List<FieldError> errors = [];
            Unknown(file, "", errors, "kind", "apiVersion", "jwt", "anonymous");
            var issuers = new List<IssuerRules>();
            var all = (file.List("jwt") ?? []).Maps().ToList();
            if (all.Count > MostIssuers) errors.Add(FieldError.TooMany("jwt", all.Count, MostIssuers));
            for (var i = 0; i < all.Count; i++)
                if (new JwtReader($"jwt[{i}]", disallowed, errors).Read(all[i], issuers) is { } issuer) issuers.Add(issuer);
            var anonymous = AnonymousOf(file, errors);
            return errors.Count == 0 ? new AuthenticationConfiguration(issuers, anonymous) : ApiError.BadRequest(string.Join("; ", errors.Select(e => $"{e.Path}: {e.Message}")));
        }
        catch (FormatException e)
        {
            return ApiError.BadRequest(e.Message);
        }
    }

    private static AnonymousAccess AnonymousOf(JsonMap file, List<FieldError> errors)
    {
        if (file.Map("anonymous") is not { } anonymous) return AnonymousAccess.Everywhere;
        Unknown(anonymous, "anonymous.", errors, "enabled", "conditions");
        var enabled = anonymous.Bool("enabled") == true;
        var paths = new List<string>();
        var conditions = (anonymous.List("conditions") ?? []).Maps().ToList();
        if (!enabled && conditions.Count > 0) errors.Add(FieldError.Invalid("anonymous.conditions", conditions[0], "enabled should be set to true when conditions are defined"));
        for (var i = 0; i < conditions.Count; i++)
        {
            Unknown(conditions[i], $"anonymous.conditions[{i}].", errors, "path");
            if (conditions[i].Text("path") is { Length: > 0 } path) paths.Add(path);
            else errors.Add(FieldError.Required($"anonymous.conditions[{i}].path"));
        }
        return new(enabled, paths);
    }

    internal static void Unknown(JsonMap map, string path, List<FieldError> errors, params string[] known)
    {
        foreach (var stray in map.Keys.Where(k => !known.Contains(k))) errors.Add(new(path + stray, FieldFault.Invalid, "unknown field"));
    }
}
