using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.TestKit;

namespace MiniKube.Host.Tests;

/// <summary>Certificates as time passes, through a real listener.</summary>
[TestFixture]
public sealed class CertificateTests
{
    private static readonly DateTimeOffset Today = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task The_serving_certificate_is_renewed_at_two_thirds_of_its_life_and_nobody_is_cut_off()
    {
        await using var served = await ServedPlane.Start(Today);
        var first = served.Plane.Pki.Serving.Thumbprint;
        var handshakes = 0;
        using var lasting = served.Client(_ => handshakes++);
        Assert.That(await lasting.GetStringAsync("/readyz"), Is.EqualTo("ok"));
        await using var watch = await (await lasting.GetAsync("/api/v1/namespaces?watch=1", HttpCompletionOption.ResponseHeadersRead)).Content.ReadAsStreamAsync();

        served.Time.Jump(TimeSpan.FromDays(243));
        served.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await Shown(served), Is.EqualTo(first), "there is a third left still");
        served.Time.Jump(TimeSpan.FromDays(1));
        served.Time.Advance(TimeSpan.FromMinutes(1));
        await Until.True(async () => await Shown(served) != first);

        var before = handshakes;
        Assert.That(await lasting.GetStringAsync("/readyz"), Is.EqualTo("ok"));
        Assert.That(await watch.ReadAsync(new byte[1]), Is.EqualTo(1));
        Assert.That(handshakes, Is.LessThanOrEqualTo(before + 1));
        var client = OfKubeconfig(served, "client-certificate-data");
        await Until.True(() => (client = OfKubeconfig(served, "client-certificate-data")).NotAfter > (served.Time.GetUtcNow() + TimeSpan.FromDays(300)).LocalDateTime);
    }

    [TestCase(1970)]
    [TestCase(2019)]
    [TestCase(2041)]
    public async Task A_clock_that_was_wrong_at_the_first_start_locks_nobody_out(int year)
    {
        await using var served = await ServedPlane.Start(new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var authority = OfKubeconfig(served, "certificate-authority-data");
        served.Time.Jump(Today - served.Time.GetUtcNow());
        served.Time.Advance(TimeSpan.FromMinutes(1));
        X509Certificate2? shown = null;
        await Until.True(async () =>
        {
            using var client = served.Client(c => shown = c);
            // The owner's own certificate may be of the wrong time still.
            using var answer = await client.GetAsync("/readyz");
            return answer.IsSuccessStatusCode && Holds(shown!, authority, served.Time.GetUtcNow());
        });
        await Until.True(() => Holds(OfKubeconfig(served, "client-certificate-data"), authority, served.Time.GetUtcNow()));
        using var owner = served.Client();
        Assert.That(await owner.GetStringAsync("/api/v1/namespaces/kube-system"), Does.Contain("kube-system"));
    }

    [TestCase("admin", "system:admin", "/api/v1/secrets", null)]
    [TestCase("kube-scheduler", "system:kube-scheduler", "/api/v1/pods", "/api/v1/secrets")]
    [TestCase("kube-controller-manager", "system:kube-controller-manager", "/api/v1/secrets", "/api/v1/namespaces/kube-system/pods/x/log")]
    [TestCase("kube-proxy", "system:kube-proxy", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/secrets")]
    [TestCase("kubelet", "system:node:n", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn", "/api/v1/pods")]
    public async Task Each_component_has_a_certificate_that_makes_it_who_it_is_upstream(string file, string user, string allowed, string? refused)
    {
        await using var served = await ServedPlane.Start(Today);
        using var first = OnDisk(served, file);
        Assert.That(File.GetUnixFileMode(Path.Combine(served.Keys, file + ".key")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        using (var client = served.As(first))
        {
            using var review = await client.PostAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", new StringContent("{}", Encoding.UTF8, "application/json"));
            Assert.That(await review.Content.ReadAsStringAsync(), Does.Contain($"\"username\":\"{user}\""));
            Assert.That((int)(await client.GetAsync(allowed)).StatusCode, Is.EqualTo(200));
            if (refused is not null) Assert.That((int)(await client.GetAsync(refused)).StatusCode, Is.EqualTo(403));
        }
        served.Time.Jump(TimeSpan.FromDays(244));
        served.Time.Advance(TimeSpan.FromMinutes(1));
        await Until.True(() => X509CertificateLoader.LoadCertificateFromFile(Path.Combine(served.Keys, file + ".crt")) is var now && now.Thumbprint != first.Thumbprint && now.Subject == first.Subject);
    }

    private static X509Certificate2 OnDisk(ServedPlane served, string file) => X509Certificate2.CreateFromPemFile(Path.Combine(served.Keys, file + ".crt"), Path.Combine(served.Keys, file + ".key"));

    private static async Task<string> Shown(ServedPlane served)
    {
        var shown = "";
        using var client = served.Client(c => shown = c.Thumbprint);
        await client.GetStringAsync("/readyz");
        return shown;
    }

    private static X509Certificate2 OfKubeconfig(ServedPlane served, string member)
    {
        var line = File.ReadAllLines(served.Kubeconfig).First(l => l.TrimStart(' ', '-').StartsWith(member + ":", StringComparison.Ordinal));
        return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(line.Split(": ")[1].Trim('"'))));
    }

    /// <summary>As a client of that day, who knows only that authority, judges it.</summary>
    private static bool Holds(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(certificate);
    }
}
