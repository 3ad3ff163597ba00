using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// Charges what a new object uses to the quotas of its namespace, in the same transaction: no number of creators at once
/// gets more than there is. The quota controller counts anew and gives back.
/// </summary>
internal sealed class QuotaAdmission : IAdmission
{
    private static readonly HashSet<string> Short = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Object is not { } obj || request.Namespace.Length == 0 || !Concerns(request)) return ValueTask.FromResult<ApiError?>(null);
        var quotas = server.Store.Snapshot().List("resourcequotas", request.Namespace).ToList();
        return ValueTask.FromResult(quotas.Count == 0 ? null : Charge(request, obj, quotas));
    }

    /// <summary>Pods take more only when they are made or resized.</summary>
    private static bool Concerns(AdmissionRequest request) => (request.Operation, request.Subresource) switch
    {
        (AdmissionOperation.Create, "") => true,
        (AdmissionOperation.Update, "") => !request.Is("", "pods"),
        (AdmissionOperation.Update, "resize") => request.Is("", "pods"),
        _ => false,
    };

    private static ApiError? Charge(AdmissionRequest request, JsonMap obj, List<Entry> quotas)
    {
        var (now, before) = (new Use(request.Kind, obj), request.Old is { } old ? new Use(request.Kind, old) : null);
        foreach (var entry in quotas)
        {
            var quota = ObjectCodec.Shared(entry);
            var spec = KubeJson.Read<ResourceQuota>(entry.Value).Spec ?? new();
            // Until its controller has counted, a quota holds nobody back.
            var status = quota.Map("status");
            var (hard, used) = (status?.Map("hard") ?? [], status?.Map("used") ?? []);
            var counted = hard.Keys.Where(now.Counts).Order(StringComparer.Ordinal).ToList();
            if (counted.Count == 0 || !now.InScope(spec)) continue;
            if (now.Unspecified(counted) is { Length: > 0 } unspecified) return Refused(request, $"failed quota: {entry.Key.Name}: must specify {unspecified}");
            if (counted.Any(n => !used.Has(n))) return Refused(request, $"status unknown for quota: {entry.Key.Name}, resources: {string.Join(",", counted)}");
            var wanted = new Dictionary<string, Quantity>(StringComparer.Ordinal);
            foreach (var name in counted)
            {
                var more = now.Of(name) - (before?.Of(name) ?? Quantity.Zero);
                if (more > Quantity.Zero) wanted[name] = more;
            }
            if (wanted.Count == 0) continue;
            var over = wanted.Where(w => Quantity.Parse(used[w.Key]) + w.Value > Quantity.Parse(hard[w.Key])).Select(w => w.Key).Order(StringComparer.Ordinal).ToList();
            if (over.Count > 0)
            {
                return Refused(request, $"exceeded quota: {entry.Key.Name}, requested: {Show(over, n => wanted[n].ToString())}, "
                    + $"used: {Show(over, n => GoText.Of(used[n]))}, limited: {Show(over, n => GoText.Of(hard[n]))}");
            }
            var charged = quota.CloneMap();
            foreach (var (name, more) in wanted)
                charged.Map("status")!.Map("used")!.Set(name, (Quantity.Parse(used[name]) + more).ToString());
            request.Alongside.Add(new Change.Put(entry.Key, ObjectCodec.Encode(charged), entry.Revision));
        }
        return null;
    }

    private static string Show(IEnumerable<string> names, Func<string, string> value) => string.Join(",", names.Select(n => $"{n}={value(n)}"));

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name, why);

    /// <summary>What one object uses, by the names quotas count.</summary>
    private sealed class Use
    {
        private readonly Kind kind;
        private readonly Pod? pod;
        private readonly Service? service;
        private readonly PersistentVolumeClaim? claim;

        public Use(Kind kind, JsonMap obj)
        {
            this.kind = kind;
            if (kind.Collection == "pods") pod = KubeJson.Read<Pod>(JsonWriter.ToUtf8(obj));
            else if (kind.Collection == "services") service = KubeJson.Read<Service>(JsonWriter.ToUtf8(obj));
            else if (kind.Collection == "persistentvolumeclaims") claim = KubeJson.Read<PersistentVolumeClaim>(JsonWriter.ToUtf8(obj));
        }

        /// <summary>Whether objects of this kind use of what the name stands for.</summary>
        public bool Counts(string name) =>
            pod is not null ? QuotaUsage.CountsPods(name) : claim is not null ? QuotaUsage.CountsClaims(name) : service is not null ? QuotaUsage.CountsServices(name) : CountsKind(name);

        private bool CountsKind(string name) => name == "count/" + kind.GroupResource || name == kind.Plural && kind.Group.Length == 0 && Short.Contains(name);

        public Quantity Of(string name)
        {
            if (pod is not null && QuotaUsage.CountsPods(name)) return QuotaUsage.OfPod(pod, name);
            if (claim is not null && QuotaUsage.CountsClaims(name)) return QuotaUsage.OfClaim(claim, name);
            if (service is not null && QuotaUsage.CountsServices(name)) return QuotaUsage.OfService(service, name);
            return Quantity.Of(CountsKind(name) ? 1 : 0);
        }

        public bool InScope(ResourceQuotaSpec spec) =>
            pod is not null ? QuotaUsage.InScope(pod, spec) : claim is not null ? QuotaUsage.InScope(claim, spec) : QuotaUsage.IsUnscoped(spec);

        /// <summary>A quota on a compute resource obliges every container to say how much of it it takes.</summary>
        public string Unspecified(IEnumerable<string> names)
        {
            if (pod is null) return "";
            var missing = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var name in names)
            {
                var (resource, limits) = name switch
                {
                    "cpu" or "memory" => (name, false),
                    "requests.cpu" or "requests.memory" => (name[9..], false),
                    "limits.cpu" or "limits.memory" => (name[7..], true),
                    _ => ("", false),
                };
                if (resource.Length == 0) continue;
                if ((limits ? pod.Spec?.Resources?.Limits : pod.Spec?.Resources?.Requests)?.ContainsKey(resource) == true) continue;
                var lacking = (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? [])
                    .Where(c => (limits ? c.Resources?.Limits : c.Resources?.Requests)?.ContainsKey(resource) != true).Select(c => c.Name).Distinct().Order(StringComparer.Ordinal).ToList();
                if (lacking.Count > 0) missing[name] = string.Join(",", lacking);
            }
            return string.Join("; ", missing.Select(m => $"{m.Key} for: {m.Value}"));
        }
    }
}
