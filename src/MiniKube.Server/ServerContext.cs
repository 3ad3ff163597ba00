using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>What every verb needs. Made once by the composition root.</summary>
public sealed record ServerContext
{
    public required ServerOptions Options { get; init; }
    public required IStateStore Store { get; init; }
    public required TimeProvider Time { get; init; }
    public required Derived<KindRegistry> Registry { get; init; }
    public required INames Names { get; init; }
    public required ILog Log { get; init; }
    public required AdmissionChain Admission { get; init; }
    public required CancellationToken Stopping { get; init; }

    internal Converter Converter { get; } = new();

    public KindRegistry Kinds => Registry.Value;

    public DateTimeOffset Now => Time.GetUtcNow();

    public string Timestamp => Times.Seconds(Now);

    public Entry? Find(string collection, string ns, string name) => Store.Get(new ObjectKey(collection, ns, name));

    /// <summary>The object, parsed once and shared: not to be changed.</summary>
    public JsonMap? Peek(string collection, string ns, string name) =>
        Find(collection, ns, name) is { } entry ? ObjectCodec.Shared(entry) : null;
}

/// <summary>Randomness arrives from outside: object uids and generated name suffixes.</summary>
public interface INames
{
    string Uid();

    /// <summary>Five characters that spell no word.</summary>
    string Suffix();
}

public sealed class RandomNames : INames
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public string Uid() => Guid.NewGuid().ToString();
    public string Suffix() => System.Security.Cryptography.RandomNumberGenerator.GetString(Alphabet, 5);
}
