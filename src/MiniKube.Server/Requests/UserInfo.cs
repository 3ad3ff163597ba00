namespace MiniKube.Server;

/// <summary>Who asks: established by authentication, consulted by everything after it.</summary>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    public const string Masters = "system:masters";
    public const string Authenticated = "system:authenticated";
    public const string Unauthenticated = "system:unauthenticated";

    /// <summary>Under which extra it says which credential of the user's this was.</summary>
    public const string CredentialId = "authentication.kubernetes.io/credential-id";

    public string Uid { get; init; } = "";
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public static readonly UserInfo Anonymous = new("system:anonymous", [Unauthenticated]);

    public bool IsMaster { get; } = Groups.Contains(Masters);

    public bool In(string group) => Groups.Contains(group);

    /// <summary>The service account behind the name, if it is one.</summary>
    public (string Namespace, string Name)? ServiceAccount =>
        Name.StartsWith("system:serviceaccount:", StringComparison.Ordinal) && Name.Split(':') is [_, _, var ns, var name] ? (ns, name) : null;

    public static UserInfo ForServiceAccount(string ns, string name, string uid = "") =>
        new($"system:serviceaccount:{ns}:{name}", ["system:serviceaccounts", $"system:serviceaccounts:{ns}", Authenticated]) { Uid = uid };
}
