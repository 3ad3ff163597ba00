using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Network.Dns;

/// <summary>The settings as the ConfigMap has them now. Only that one object is watched.</summary>
public sealed class DnsSettingsSource(IApi api, TimeProvider time, Action<string> complain)
{
    private static readonly ResourceRef Maps = Resources.RefOf<ConfigMap>();
    private volatile DnsSettings now = DnsSettings.None;

    public DnsSettings Now => now;

    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Follow(cancel);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                complain($"dns: {DnsSettings.Namespace}/{DnsSettings.Name} can't be read: {e.Message}");
            }
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
        }
    }

    private async Task Follow(CancellationToken cancel)
    {
        var only = new ListQuery { FieldSelector = $"metadata.name={DnsSettings.Name}" };
        var listed = await api.List(Maps, DnsSettings.Namespace, only, cancel);
        if (!listed.Ok) return;
        Take(listed.Value.Items.Count > 0 ? listed.Value.Items[0] : default);
        await foreach (var change in api.Watch(Maps, DnsSettings.Namespace, only with { ResourceVersion = listed.Value.ResourceVersion }, cancel))
        {
            if (change.Type == EventType.Error) return;
            if (change.Type != EventType.Bookmark) Take(change.Type == EventType.Deleted ? default : change.Json);
        }
    }

    /// <summary>No bytes: no ConfigMap.</summary>
    private void Take(ReadOnlyMemory<byte> json)
    {
        var (settings, faults) = DnsSettings.Parse(json.IsEmpty ? null : JsonReader.ReadMap(json.Span).Map("data"));
        foreach (var fault in faults) complain($"dns: {DnsSettings.Namespace}/{DnsSettings.Name}: {fault}");
        now = settings;
    }
}
