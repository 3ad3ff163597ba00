using MiniKube.Kubelet.Files;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Containers;

/// <summary>
/// The machine's ids that are the users of pods which have users of their own: a block for each pod, never one for two. The pods'
/// directories are the only memory: a block is a pod's until its directory goes, whoever restarts meanwhile.
/// </summary>
internal sealed class UserBlocks(string dataDir, Func<(UserIds? Ids, string? Fault)> all)
{
    public const long Size = 65_536;

    private readonly Lock gate = new();

    /// <exception cref="IOException">There is none to be had; the message says why.</exception>
    public UserIds Of(string podUid)
    {
        lock (gate)
        {
            var directory = new PodDirectory(dataDir, podUid);
            if (Read(directory.Users) is { } own) return own;
            var (ids, fault) = all();
            if (ids is null) throw new IOException(fault);
            var block = Free(ids, Taken()) ?? throw new IOException("create user namespace: could not find an empty slot to allocate a user namespace");
            Directory.CreateDirectory(directory.Path);
            File.WriteAllBytes(directory.Users + ".new", JsonWriter.ToUtf8(new JsonMap { { "uidMappings", Mapping(block) }, { "gidMappings", Mapping(block) } }));
            File.Move(directory.Users + ".new", directory.Users);
            return block;
        }
    }

    /// <summary>The first block that nobody has.</summary>
    public static UserIds? Free(UserIds all, IReadOnlySet<long> taken)
    {
        for (var first = all.First; first + Size <= all.First + all.Count; first += Size)
            if (!taken.Contains(first)) return new(first, Size);
        return null;
    }

    /// <summary>
    /// Where blocks may lie: what the machine's administrator gives the user "kubelet", by the lines of /etc/subuid and /etc/subgid,
    /// or all but the first, which has the machine's root in it.
    /// </summary>
    public static (UserIds? Ids, string? Fault) Place(IEnumerable<string> users, IEnumerable<string> groups, int maxPods)
    {
        var (given, same) = (Given(users), Given(groups));
        if (given.Length == 0 && same.Length == 0) return (new(Size, (1L << 32) - 2 * Size), null);
        if (!given.SequenceEqual(same)) return (null, "kubelet mappings: user and group mappings differ");
        if (given is not [var ids]) return (null, $"kubelet mappings: expected one range for user \"kubelet\", got {given.Length}");
        if (ids.First < Size) return (null, $"kubelet user assigned ID {ids.First} must be greater or equal to {Size}");
        if (ids.First % Size != 0) return (null, $"kubelet user assigned ID {ids.First} is not a multiple of {Size}");
        if (ids.Count % Size != 0) return (null, $"kubelet user assigned IDs length {ids.Count} is not a multiple of {Size}");
        return ids.Count / Size < maxPods ? (null, $"kubelet user assigned IDs are not enough to support {maxPods} pods") : (ids, null);
    }

    private HashSet<long> Taken()
    {
        var pods = Path.Combine(dataDir, "pods");
        if (!Directory.Exists(pods)) return [];
        return [.. Directory.GetDirectories(pods).Select(d => Read(new PodDirectory(dataDir, Path.GetFileName(d)).Users)?.First).OfType<long>()];
    }

    /// <summary>A note that can't be read might be about any block: nobody gets one then.</summary>
    private static UserIds? Read(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        try
        {
            if (JsonReader.ParseMap(text).List("uidMappings")?.Maps().ToArray() is [var mapping] && mapping.Whole("hostId") is { } first && mapping.Whole("length") is { } count) return new(first, count);
        }
        catch (System.Text.Json.JsonException)
        {
            // Said below.
        }
        throw new IOException($"user namespace: invalid user namespace mappings file: {file}");
    }

    private static JsonList Mapping(UserIds ids) => JsonList.Of(new JsonMap { { "hostId", ids.First }, { "containerId", 0 }, { "length", ids.Count } });

    private static UserIds[] Given(IEnumerable<string> lines) =>
    [
        .. lines.Select(l => l.Split(':')).Where(p => p is ["kubelet", _, _])
            .Select(p => long.TryParse(p[1], System.Globalization.CultureInfo.InvariantCulture, out var first) && long.TryParse(p[2].Trim(), System.Globalization.CultureInfo.InvariantCulture, out var count) ? new UserIds(first, count) : new(0, 0)),
    ];
}
