using System.Text;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests.Streams;

/// <summary>Pages seen through the proxy keep their links.</summary>
[TestFixture]
public sealed class ProxiedPageTests
{
    private static readonly ProxiedPage Page = new("/api/v1/namespaces/n/pods/p:80/proxy", ["target", "cluster:6443"]);

    [TestCase("<a href=\"/x\">t</a>", "<a href=\"PREFIX/x\">t</a>")]
    [TestCase("<A class='/c' HREF='/x/'>", "<A class='/c' HREF='PREFIX/x/'>")]
    [TestCase("<a href=/x>", "<a href=PREFIX/x>")]
    [TestCase("<img alt=\"a > b\" src=\"/i.png\"/>", "<img alt=\"a > b\" src=\"PREFIX/i.png\"/>")]
    [TestCase("<a href=\"x\"><a href=\"//other/x\"><a href=\"https://other/x\"><a href=\"#f\">", "<a href=\"x\"><a href=\"//other/x\"><a href=\"https://other/x\"><a href=\"#f\">")]
    [TestCase("<a href=\"http://target/x\"><a href=\"https://cluster:6443/y\">", "<a href=\"PREFIX/x\"><a href=\"PREFIX/y\">")]
    [TestCase("<a href=\"PREFIX/x\">", "<a href=\"PREFIX/x\">")]
    [TestCase("<!-- <a href=\"/x\"> --><p title=\"/x\">/x &lt; 1 < 2</p>", "<!-- <a href=\"/x\"> --><p title=\"/x\">/x &lt; 1 < 2</p>")]
    public void Links_lead_through_the_proxy(string html, string seen) =>
        Assert.That(Page.Text(html.Replace("PREFIX", "/api/v1/namespaces/n/pods/p:80/proxy")), Is.EqualTo(seen.Replace("PREFIX", "/api/v1/namespaces/n/pods/p:80/proxy")));

    [Test]
    public async Task A_page_in_pieces_is_the_same_page()
    {
        var html = Encoding.UTF8.GetBytes("<p>größer</p><a\nhref=\"/x\">é</a> <img src='/y'> 1 < 2");
        var whole = new MemoryStream();
        await Page.Copy(new MemoryStream(html), whole, default);
        var pieces = new MemoryStream();
        await Page.Copy(new Drops(html), pieces, default);
        Assert.That(Encoding.UTF8.GetString(whole.ToArray()), Does.Contain("größer").And.Contain("proxy/x\">é").And.Contain("proxy/y'> 1 < 2"));
        Assert.That(pieces.ToArray(), Is.EqualTo(whole.ToArray()));
    }

    /// <summary>Gives a byte at a time.</summary>
    private sealed class Drops(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..1], cancellationToken);
    }
}
