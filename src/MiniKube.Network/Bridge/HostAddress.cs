namespace MiniKube.Network.Bridge;

/// <summary>Addresses that this host answers for without any interface of its own for them.</summary>
public static class HostAddress
{
    public static Task Add(string address, CancellationToken cancel = default) => Tool.Must("ip", ["addr", "replace", $"{address}/32", "dev", "lo"], null, cancel);

    public static Task Remove(string address, CancellationToken cancel = default) => Tool.Run("ip", ["addr", "del", $"{address}/32", "dev", "lo"], null, cancel);
}
