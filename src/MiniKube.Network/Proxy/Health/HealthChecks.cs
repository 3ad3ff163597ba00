using System.Globalization;
using System.Net;
using System.Text;

namespace MiniKube.Network.Proxy;

/// <summary>Answers balancers on health-check node ports: 200 when this node serves the service, 503 when it doesn't.</summary>
internal sealed class HealthChecks(Action<string> complain) : IDisposable
{
    private readonly Dictionary<int, (HttpListener Listener, HealthNode Now)> open = [];
    private readonly Lock gate = new();

    public void Serve(IReadOnlyList<HealthNode> wanted)
    {
        lock (gate)
        {
            foreach (var port in open.Keys.Where(p => !wanted.Any(w => w.Port == p)).ToArray())
            {
                open[port].Listener.Close();
                open.Remove(port);
            }
            foreach (var health in wanted)
            {
                if (open.TryGetValue(health.Port, out var known)) open[health.Port] = (known.Listener, health);
                else if (Open(health) is { } listener) open[health.Port] = (listener, health);
            }
        }
    }

    public void Dispose() => Serve([]);

    /// <summary>Status and body as balancers know them from Kubernetes.</summary>
    public static (int Status, string Body) Answer(HealthNode health) => (health.LocalEndpoints > 0 ? 200 : 503, string.Create(CultureInfo.InvariantCulture,
        $"{{\n\t\"service\": {{\n\t\t\"namespace\": \"{health.Namespace}\",\n\t\t\"name\": \"{health.Service}\"\n\t}},\n\t\"localEndpoints\": {health.LocalEndpoints},\n\t\"serviceProxyHealthy\": true\n}}"));

    private HttpListener? Open(HealthNode health)
    {
        var listener = new HttpListener();
        listener.Prefixes.Add($"http://*:{health.Port}/");
        try
        {
            listener.Start();
        }
        catch (HttpListenerException e)
        {
            complain($"health-check node port {health.Port} of service {health.Namespace}/{health.Service}: {e.Message}");
            listener.Close();
            return null;
        }
        _ = Converse(listener, health.Port);
        return listener;
    }

    private async Task Converse(HttpListener listener, int port)
    {
        while (true)
        {
            HttpListenerContext asked;
            try
            {
                asked = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            HealthNode? health;
            lock (gate) health = open.TryGetValue(port, out var known) ? known.Now : null;
            if (health is null) asked.Response.Abort();
            else await Say(asked.Response, health);
        }
    }

    private static async Task Say(HttpListenerResponse response, HealthNode health)
    {
        var (status, body) = Answer(health);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.Headers["X-Content-Type-Options"] = "nosniff";
        response.Headers["X-Load-Balancing-Endpoint-Weight"] = health.LocalEndpoints.ToString(CultureInfo.InvariantCulture);
        try
        {
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The balancer is gone; it asks again.
        }
    }
}
