using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>`minik status` on a machine that has joined: where it belongs, what the server says of it, how long its certificate is good for.</summary>
internal static class AgentStatus
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> Run(AgentFiles joined, string dataDir, bool json, TimeProvider time, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var keys = new NodeKeys(dataDir, joined.NodeName);
        if (keys.Client is not { } own || keys.Authorities is not { } authorities)
        {
            error.WriteLine($"minik: the node's keys in {dataDir} can't be read: are you its owner?");
            return 1;
        }
        using var api = new HttpApi(new HttpApiOptions(joined.Server) { Authorities = authorities, ClientCertificate = own, UserAgent = "minik-status" });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        var (node, pods) = await Ask(api, joined.NodeName, patience.Token);
        var ready = node.Ok ? Resources.Of<Node>().Read(node.Value.Json).Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready") : null;
        var running = pods.Count(p => p.Status?.Phase == "Running");
        var until = own.NotAfter.ToUniversalTime();
        if (json)
        {
            output.WriteLine(new JsonMap
            {
                { "server", joined.Server.ToString() }, { "serverAnswers", node.Ok || node.Error!.Reason != "ServiceUnavailable" }, { "node", joined.NodeName }, { "ready", ready?.Status == "True" },
                { "pods", pods.Count }, { "podsRunning", running }, { "certificateUntil", until.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) },
            });
        }
        else
        {
            var told = !node.Ok ? node.Error!.Message : ready is null ? "has not reported yet" : ready.Status == "True" ? "ready" : $"not ready: {ready.Message}";
            output.WriteLine($"node         {joined.NodeName}, {told}");
            output.WriteLine($"server       {joined.Server.GetLeftPart(UriPartial.Authority)}");
            if (node.Ok) output.WriteLine($"pods         {running} of {pods.Count} running");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"certificate  good until {until:yyyy-MM-dd}, renewed by the agent before"));
        }
        return ready?.Status == "True" ? 0 : 1;
    }

    private static async Task<(Result<ApiObject> Node, IReadOnlyList<Pod> Pods)> Ask(HttpApi api, string name, CancellationToken cancel)
    {
        try
        {
            var node = await api.Get(Resources.RefOf<Node>(), null, name, cancel: cancel);
            var listed = await api.List(Resources.RefOf<Pod>(), null, new ListQuery { FieldSelector = $"spec.nodeName={name}" }, cancel);
            return (node, listed.Ok ? [.. listed.Value.Items.Select(i => Resources.Of<Pod>().Read(i))] : []);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return (new ApiError(503, "ServiceUnavailable", $"the server didn't answer within {Patience.TotalSeconds} s"), []);
        }
    }
}
