using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>The containers of a pod or of a template.</summary>
internal static class DescribeContainers
{
    public static void Write(DescribeText text, string title, IEnumerable<JsonMap> containers, IEnumerable<JsonMap>? statuses, string indent)
    {
        var all = containers.ToList();
        text.Line(0, all.Count == 0 ? $"{indent}{title}:\t<none>" : $"{indent}{title}:");
        foreach (var container in all)
        {
            text.Line(1, $"{(indent.Length > 0 ? " " : "")}{container.Text("name")}:");
            var status = statuses?.FirstOrDefault(s => s.Text("name") == container.Text("name"));
            if (status is not null) text.Line(2, $"Container ID:\t{status.Text("containerID")}");
            text.Line(2, $"Image:\t{container.Text("image")}");
            if (status is not null) text.Line(2, $"Image ID:\t{status.Text("imageID")}");
            Ports(text, "Port", container.Maps("ports").Select(p => $"{p.Whole("containerPort")}/{p.Text("protocol") ?? "TCP"}{(p.Text("name") is { Length: > 0 } n ? $" ({n})" : "")}"));
            Ports(text, "Host Port", container.Maps("ports").Select(p => $"{p.Whole("hostPort") ?? 0}/{p.Text("protocol") ?? "TCP"}{(p.Text("name") is { Length: > 0 } n ? $" ({n})" : "")}"));
            foreach (var (name, list) in (ReadOnlySpan<(string, string)>)[("Command", "command"), ("Args", "args")])
            {
                if (container.List(list) is not { Count: > 0 } words) continue;
                text.Line(2, $"{name}:");
                foreach (var word in words.Texts()) foreach (var line in word.Split('\n')) text.Line(3, line);
            }
            if (status is not null)
            {
                State(text, "State", status.Map("state") ?? []);
                if (status.Map("lastState")?.Has("terminated") == true) State(text, "Last State", status.Map("lastState")!);
                text.Line(2, $"Ready:\t{DescribeText.Truth(status.Bool("ready") == true)}").Line(2, $"Restart Count:\t{status.Whole("restartCount") ?? 0}");
            }
            Amounts(text, container.Map("resources"));
            foreach (var (name, field) in (ReadOnlySpan<(string, string)>)[("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")])
                if (container.Map(field) is { } probe) text.Line(2, $"{name}:\t{Probe(probe)}");
            Environment(text, container);
            Mounts(text, container);
        }
    }

    private static void Ports(DescribeText text, string name, IEnumerable<string> ports)
    {
        var all = string.Join(", ", ports);
        text.Line(2, $"{name}{(all.Contains(',') ? "s" : "")}:\t{(all.Length > 0 ? all : "<none>")}");
    }

    private static void State(DescribeText text, string name, JsonMap state)
    {
        if (state.Map("running") is { } running)
        {
            text.Line(2, $"{name}:\tRunning").Line(3, $"Started:\t{DescribeText.Time(running.Text("startedAt"))}");
        }
        else if (state.Map("terminated") is { } ended)
        {
            text.Line(2, $"{name}:\tTerminated").Maybe(3, "Reason", ended.Text("reason")).Maybe(3, "Message", ended.Text("message")).Line(3, $"Exit Code:\t{ended.Whole("exitCode") ?? 0}");
            if (ended.Whole("signal") is > 0 and var signal) text.Line(3, $"Signal:\t{signal}");
            text.Line(3, $"Started:\t{DescribeText.Time(ended.Text("startedAt"))}").Line(3, $"Finished:\t{DescribeText.Time(ended.Text("finishedAt"))}");
        }
        else
        {
            text.Line(2, $"{name}:\tWaiting").Maybe(3, "Reason", state.Map("waiting")?.Text("reason"));
        }
    }

    public static void Amounts(DescribeText text, JsonMap? resources)
    {
        foreach (var (name, field) in (ReadOnlySpan<(string, string)>)[("Limits", "limits"), ("Requests", "requests")])
        {
            if (resources?.Map(field) is not { Count: > 0 } amounts) continue;
            text.Line(2, $"{name}:");
            foreach (var (what, amount) in amounts.OrderBy(a => a.Key, StringComparer.Ordinal)) text.Line(3, $"{what}:\t{amount.Show()}");
        }
    }

    private static string Probe(JsonMap probe)
    {
        var how = $"delay={probe.Whole("initialDelaySeconds") ?? 0}s timeout={probe.Whole("timeoutSeconds") ?? 0}s period={probe.Whole("periodSeconds") ?? 0}s #success={probe.Whole("successThreshold") ?? 0} #failure={probe.Whole("failureThreshold") ?? 0}";
        if (probe.Map("exec") is { } exec) return $"exec [{string.Join(' ', (exec.List("command") ?? []).Texts())}] {how}";
        if (probe.Map("httpGet") is { } get) return $"http-get {(get.Text("scheme") ?? "http").ToLowerInvariant()}://{get.Text("host")}:{get["port"].Show()}{get.Text("path")} {how}";
        if (probe.Map("tcpSocket") is { } tcp) return $"tcp-socket {tcp.Text("host")}:{tcp["port"].Show()} {how}";
        return probe.Map("grpc") is { } grpc ? $"grpc <pod>:{grpc["port"].Show()} {grpc.Text("service")} {how}" : $"unknown {how}";
    }

    private static void Environment(DescribeText text, JsonMap container)
    {
        if (container.Maps("envFrom").Any())
        {
            text.Line(2, "Environment Variables from:");
            foreach (var source in container.Maps("envFrom"))
            {
                var (kind, from) = source.Map("configMapRef") is { } map ? ("ConfigMap", map) : ("Secret", source.Map("secretRef") ?? []);
                text.Line(3, $"{from.Text("name")}\t{kind}{(source.Text("prefix") is { Length: > 0 } prefix ? $" with prefix '{prefix}'" : "")}\tOptional: {(from.Bool("optional") == true ? "true" : "false")}");
            }
        }
        if (!container.Maps("env").Any())
        {
            text.Line(2, "Environment:\t<none>");
            return;
        }
        text.Line(2, "Environment:");
        foreach (var variable in container.Maps("env"))
        {
            var from = variable.Map("valueFrom");
            var name = variable.Text("name");
            if (from is null) text.Line(3, $"{name}:\t{(variable.Text("value") ?? "").Replace("\n", $"\n      {name}:\t")}");
            else if (from.Map("fieldRef") is { } field) text.Line(3, $"{name}:\t ({field.Text("apiVersion")}:{field.Text("fieldPath")})");
            else if (from.Map("resourceFieldRef") is { } amount) text.Line(3, $"{name}:\t{amount.Text("divisor")} ({amount.Text("resource")})");
            else if (from.Map("secretKeyRef") is { } secret) text.Line(3, $"{name}:\t<set to the key '{secret.Text("key")}' in secret '{secret.Text("name")}'>\tOptional: {(secret.Bool("optional") == true ? "true" : "false")}");
            else if (from.Map("configMapKeyRef") is { } map) text.Line(3, $"{name}:\t<set to the key '{map.Text("key")}' of config map '{map.Text("name")}'>\tOptional: {(map.Bool("optional") == true ? "true" : "false")}");
        }
    }

    private static void Mounts(DescribeText text, JsonMap container)
    {
        if (!container.Maps("volumeMounts").Any())
        {
            text.Line(2, "Mounts:\t<none>");
            return;
        }
        text.Line(2, "Mounts:");
        foreach (var mount in container.Maps("volumeMounts").OrderBy(m => m.Text("mountPath"), StringComparer.Ordinal))
        {
            var how = (mount.Bool("readOnly") == true ? "ro" : "rw") + (mount.Text("subPath") is { Length: > 0 } sub ? $",path=\"{sub}\"" : "");
            text.Line(3, $"{mount.Text("mountPath")} from {mount.Text("name")} ({how})");
        }
    }
}
