using System.Collections.Concurrent;
using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Metrics;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Looks at each autoscaler every quarter of a minute: what its pods use is nothing that anybody is told of.</summary>
public sealed class AutoscalerController(Caches caches, KnownResources resources, IApi api) : Controller
{
    private readonly Cache<Kinds.Autoscaling.HorizontalPodAutoscaler> autoscalers = caches.Of<Kinds.Autoscaling.HorizontalPodAutoscaler>();
    private readonly Cache<Pod> pods = caches.Of<Pod>();
    private readonly MetricServers servers = new(api, resources);
    private readonly ConcurrentDictionary<Key, ScalingHistory> histories = new();
    private readonly ConcurrentDictionary<Key, LabelSelector> selectors = new();

    public override string Name => "horizontal-pod-autoscaler";

    public override void Watch(Triggers triggers)
    {
        triggers.Reads(pods);
        triggers.Reads(resources.Definitions);
        // Its own words about an autoscaler are no reason to look again.
        triggers.On(autoscalers, c => c.Old is null || c.New is null || !Equals(c.Old.Tree()["spec"]?.ToString(), c.New.Tree()["spec"]?.ToString()) ? [c.Latest.Key] : []);
    }

    public override async ValueTask<Plan?> Decide(Turn turn, CancellationToken cancel)
    {
        if (autoscalers.Get(turn.Key) is not { BeingDeleted: false } autoscaler)
        {
            histories.TryRemove(turn.Key, out _);
            selectors.TryRemove(turn.Key, out _);
            return null;
        }
        var (plan, history) = AutoscalerPlan.For(await Observe(autoscaler, turn, cancel));
        histories[turn.Key] = history;
        return plan;
    }

    private async ValueTask<AutoscalerSeen> Observe(Item<Kinds.Autoscaling.HorizontalPodAutoscaler> autoscaler, Turn turn, CancellationToken cancel)
    {
        var (scale, fault) = await ScaleOf(autoscaler, cancel);
        var selector = scale is { Selector.Length: > 0 } && LabelSelector.Parse(scale.Selector) is { Ok: true } parsed ? parsed.Value : LabelSelector.Nothing;
        var selected = pods.ByLabel().Selected(autoscaler.Namespace, selector);
        selectors[turn.Key] = selector;
        var custom = scale is { Selector.Length: > 0 } ? await Task.WhenAll((autoscaler.Value.Spec?.Metrics ?? []).Select(m => servers.Of(m, autoscaler.Namespace, scale.Selector, cancel).AsTask())) : [];
        return new(autoscaler, scale, fault, selected, Rivals(turn.Key, selected), scale is null ? UseSeen.Nothing : await Use(autoscaler.Namespace, scale.Selector, cancel),
            histories.GetValueOrDefault(turn.Key, ScalingHistory.Empty), turn.LastFailure, turn.Now)
        { Custom = custom };
    }

    private async ValueTask<(ScaleSeen? Scale, string? Fault)> ScaleOf(Item<Kinds.Autoscaling.HorizontalPodAutoscaler> autoscaler, CancellationToken cancel)
    {
        var target = autoscaler.Value.Spec?.ScaleTargetRef ?? new();
        var version = target.ApiVersion ?? "";
        var group = version.IndexOf('/') is var slash && slash < 0 ? "" : version[..slash];
        if (resources.OfKind(group, target.Kind ?? "") is not { } type) return (null, $"no matches for kind \"{target.Kind}\" in group \"{group}\"");
        var got = await api.Get(type.Ref, autoscaler.Namespace, target.Name ?? "", "scale", cancel);
        if (!got.Ok) return (null, got.Error!.Message);
        var tree = JsonReader.ReadMap(got.Value.Json.Span);
        var status = tree.Map("status");
        return (new(type.Ref, target.Name!, tree.Map("metadata")?.Text("resourceVersion") ?? "", (int)(tree.Map("spec")?.Whole("replicas") ?? 0), (int)(status?.Whole("replicas") ?? 0), status?.Text("selector") ?? ""), null);
    }

    /// <summary>Autoscalers that were last seen to select some of the same pods: two of them would pull at the same replicas.</summary>
    private IReadOnlyList<string> Rivals(Key self, IReadOnlyList<Item<Pod>> selected) => [.. selectors
        .Where(s => s.Key == self || s.Key.Namespace == self.Namespace && selected.Any(p => s.Value.Matches(p.Meta.Labels)))
        .Select(s => s.Key.ToString()).Order(StringComparer.Ordinal)];

    private async ValueTask<UseSeen> Use(string ns, string selector, CancellationToken cancel)
    {
        if (selector.Length == 0) return UseSeen.Nothing;
        var type = Resources.Of<PodMetrics>();
        var list = await api.List(type.Ref, ns, new ListQuery { LabelSelector = selector }, cancel);
        if (!list.Ok) return UseSeen.Nothing with { Fault = $"unable to fetch metrics from resource metrics API: {list.Error!.Message}" };
        var measured = new Dictionary<string, MeasuredPod>();
        foreach (var json in list.Value.Items)
        {
            var pod = type.Read(json);
            var window = double.TryParse(pod.Window?.TrimEnd('s'), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
            measured[pod.Metadata.Name!] = new(pod.Timestamp ?? default, window, (pod.Containers ?? []).ToDictionary(c => c.Name ?? "", c => c.Usage ?? new Dictionary<string, Quantity>()));
        }
        return new(measured, null);
    }
}
