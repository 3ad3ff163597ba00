using System.Security.Cryptography;
using System.Text;

namespace MiniKube.Network.Proxy;

/// <summary>What one service puts into the kernel: elements of shared places, and chains of its own.</summary>
public sealed record ServiceRules(IReadOnlyList<Element> Elements, IReadOnlyList<Chain> Chains)
{
    public static readonly ServiceRules None = new([], []);

    /// <summary>A short name that is the same for the same text.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}

/// <summary>An element of a set (no value), of a map, or a rule of a shared chain (no value).</summary>
public readonly record struct Element(string Place, string Key, string Value);

/// <summary>A chain with its rules, and the set it remembers clients in, if it does.</summary>
public sealed record Chain(string Name, IReadOnlyList<string> Lines)
{
    public string? Memory { get; init; }

    /// <summary>It is no chain but a set, of this type, whose members are elements.</summary>
    public string? SetType { get; init; }
}
