using System.Net;
using System.Text;

namespace MiniKube.Kubelet.Port;

/// <summary>/logs/: the machine's log directory to look through, and nothing outside of it.</summary>
internal static class HostLogs
{
    public static NodePage Get(string root, string path)
    {
        if (path.Split('/').Contains("..")) return NodePage.Text("invalid URL path\n", 400);
        var wanted = Path.Combine(root, Uri.UnescapeDataString(path).TrimStart('/'));
        if (!Path.GetFullPath(wanted).StartsWith(root, StringComparison.Ordinal)) return NodePage.NotFound;
        if (Directory.Exists(wanted)) return Listing(wanted);
        return File.Exists(wanted) ? new(200, "text/plain; charset=utf-8", []) { File = wanted } : NodePage.NotFound;
    }

    private static NodePage Listing(string directory)
    {
        var text = new StringBuilder("<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n");
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var name = entry is DirectoryInfo ? entry.Name + "/" : entry.Name;
            text.Append($"<a href=\"{Uri.EscapeDataString(entry.Name)}{(entry is DirectoryInfo ? "/" : "")}\">{WebUtility.HtmlEncode(name)}</a>\n");
        }
        return NodePage.Text(text.Append("</pre>\n").ToString(), type: "text/html; charset=utf-8");
    }
}
