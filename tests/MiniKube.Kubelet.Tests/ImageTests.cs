using System.Text;
using MiniKube.Kubelet.Images;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class ImageTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [TestCase("Bad/Name:x y", "invalid reference format: repository name (Name) must be lowercase")]
    [TestCase("Busybox", "invalid reference format: repository name (Busybox) must be lowercase")]
    [TestCase("reg.example:5000/Team/App:1", "invalid reference format: repository name (Team/App) must be lowercase")]
    [TestCase("busybox:", "invalid reference format")]
    [TestCase("a//b", "invalid reference format")]
    public void What_is_wrong_with_a_name_is_said(string name, string fault) => Assert.That((ImageName.Parse(name), ImageName.FaultOf(name)), Is.EqualTo(((ImageName?)null, fault)));

    [TestCase("busybox", "docker.io/library/busybox:latest")]
    [TestCase("busybox:1.36", "docker.io/library/busybox:1.36")]
    [TestCase("team/app", "docker.io/team/app:latest")]
    [TestCase("index.docker.io/team/app:2", "docker.io/team/app:2")]
    [TestCase("localhost/app", "localhost/app:latest")]
    [TestCase("registry:5000/a/b/c:v1", "registry:5000/a/b/c:v1")]
    [TestCase("quay.io/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "quay.io/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void A_name_in_full(string given, string full)
    {
        Assert.That(ImageName.Parse(given)?.ToString(), Is.EqualTo(full));
        Assert.That(ImageName.Parse(full)?.ToString(), Is.EqualTo(full));
    }

    [TestCase("")]
    [TestCase("Busybox")]
    [TestCase("a b")]
    [TestCase("app:")]
    [TestCase("app:bad tag")]
    [TestCase("app@")]
    [TestCase("app@sha256:12")]
    [TestCase("/app")]
    [TestCase("a//b")]
    [TestCase("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void What_is_no_name(string given) => Assert.That(ImageName.Parse(given), Is.Null);

    private const string Mirrors = """
        mirrors:
          docker.io:
            endpoint: ["https://one.example.com", "http://10.0.0.5:5000/v2/cache"]
            rewrite: {"^library/(.*)": "official/$1"}
          "*":
            endpoint: ["https://all.example.com"]
        configs:
          one.example.com: {auth: {username: u, password: p}}
          quay.io: {auth: {auth: "YTpi"}}
          all.example.com: {tls: {ca_file: /ca.pem, insecure_skip_verify: true}}
        """;

    [TestCase("busybox:1", "one.example.com/official/busybox:1 10.0.0.5:5000/cache/official/busybox:1 docker.io/library/busybox:1")]
    [TestCase("team/app", "one.example.com/team/app:latest 10.0.0.5:5000/cache/team/app:latest docker.io/team/app:latest")]
    [TestCase("quay.io/app:1", "all.example.com/app:1 quay.io/app:1")]
    [TestCase("all.example.com/app:1", "all.example.com/app:1")]
    public void Mirrors_are_tried_in_order_and_the_registry_last(string image, string sources) =>
        Assert.That(string.Join(' ', Registries.Parse(Mirrors).Sources(ImageName.Parse(image)!)), Is.EqualTo(sources));

    [Test]
    public void Hosts_have_their_login_and_their_way()
    {
        var registries = Registries.Parse(Mirrors);
        Assert.That(registries.Credentials("one.example.com"), Has.Property("Username").EqualTo("u"));
        Assert.That(registries.Credentials("quay.io"), Has.Property("Username").EqualTo("a").And.Property("Password").EqualTo("b"));
        Assert.That(registries.Credentials("elsewhere"), Is.Null);
        Assert.That(registries.Hosts, Is.EquivalentTo(new[] { new RegistryHost("10.0.0.5:5000") { PlainHttp = true }, new RegistryHost("all.example.com") { CaFile = "/ca.pem", SkipVerify = true } }));
    }

    [TestCase("", true)]
    [TestCase("[]", false)]
    [TestCase("mirrors: {a: {endpoint: [\"ftp://x\"]}}", false)]
    [TestCase("mirrors: {a: {endpoint: [x], rewrite: {\"(\": b}}}", false)]
    public void A_file_is_understood_or_refused(string yaml, bool fine) => Assert.That(() => Registries.Parse(yaml), fine ? Throws.Nothing : Throws.TypeOf<FormatException>().With.Message.StartsWith("registries.yaml"));

    [TestCase("registry.example.com/team/app:1", "team all")]
    [TestCase("registry.example.com/other", "all")]
    [TestCase("sub.wild.example.com/app", "wild")]
    [TestCase("a.sub.wild.example.com/app", "")]
    [TestCase("busybox", "hub")]
    [TestCase("registry.example.com:5000/app", "")]
    public void Pull_secrets_are_chosen_by_host_and_path(string image, string users)
    {
        var data = new Dictionary<string, byte[]>
        {
            [".dockerconfigjson"] = """
                {"auths": {
                  "registry.example.com": {"username": "all", "password": "p"},
                  "https://registry.example.com/team": {"username": "team", "password": "p"},
                  "*.wild.example.com": {"auth": "d2lsZDpw"},
                  "https://index.docker.io/v1/": {"username": "hub", "password": "p"}}}
                """u8.ToArray(),
        };
        Assert.That(string.Join(' ', PullSecrets.For(data, image).Select(c => c.Username)), Is.EqualTo(users));
    }

    [TestCase("not json")]
    [TestCase("{}")]
    [TestCase("""{"auths": {"registry.example.com": {"auth": "no base64!"}}}""")]
    public void A_broken_pull_secret_breaks_nothing(string text) =>
        Assert.That(() => PullSecrets.For(new Dictionary<string, byte[]> { [".dockerconfigjson"] = Encoding.UTF8.GetBytes(text) }, "registry.example.com/app"), Throws.Nothing);

    [TestCase(84, "")]
    [TestCase(85, "old")]
    [TestCase(89, "old middle")]
    [TestCase(99, "old middle fresh")]
    public void Images_go_the_longest_unused_first_until_there_is_space(long used, string removed)
    {
        ImageSeen Seen(string id, bool inUse, bool mayGo, double age, double unused) => new(new(id, [], [], 5), inUse, mayGo, Now.AddMinutes(-age), Now.AddMinutes(-unused));
        ImageSeen[] seen = [Seen("fresh", false, true, 60, 1), Seen("old", false, true, 60, 50), Seen("middle", false, true, 60, 20), Seen("used", true, true, 60, 0), Seen("others", false, false, 60, 60), Seen("young", false, true, 1, 60)];
        Assert.That(string.Join(' ', ImageCollection.ToRemove(seen, used, 100, new(), Now).Select(i => i.Id)), Is.EqualTo(removed));
    }

    [FsCheck.NUnit.Property]
    public bool No_image_goes_that_is_used_or_not_ours(bool[] inUse, bool[] mayGo, byte used)
    {
        var seen = inUse.Zip(mayGo).Select((p, i) => new ImageSeen(new($"{i}", [], [], 1), p.First, p.Second, default, default)).ToArray();
        return ImageCollection.ToRemove(seen, used, 100, new(), Now).All(r => seen.Single(s => s.Image == r) is { InUse: false, MayGo: true });
    }
}
