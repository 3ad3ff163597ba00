using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>What the owner tells plug-ins in upstream's AdmissionConfiguration file; each plug-in's part may lie in a file of its own.</summary>
public sealed record AdmissionConfiguration
{
    public static AdmissionConfiguration Default { get; } = new();

    public PodSecurityConfiguration PodSecurity { get; init; } = PodSecurityConfiguration.Default;

    /// <summary>The configuration, or what is wrong with it. Files it names are read by the caller's means.</summary>
    public static Result<AdmissionConfiguration> Read(string text, Func<string, string> readFile)
    {
        try
        {
            if (YamlReader.Read(text) is not JsonMap file || file.Text("kind") != "AdmissionConfiguration") return ApiError.BadRequest("it is not an AdmissionConfiguration");
            var made = Default;
            foreach (var plugin in (file.List("plugins") ?? []).Maps())
            {
                if (plugin.Text("name") is not "PodSecurity") return ApiError.BadRequest($"plugins: there is nothing to configure about \"{plugin.Text("name")}\", only about \"PodSecurity\"");
                var own = plugin.Text("path") is { Length: > 0 } path ? YamlReader.Read(readFile(path)) : plugin["configuration"];
                if (own is null or JsonNull) continue;
                var read = PodSecurityConfiguration.Read(own as JsonMap ?? []);
                if (read.Error is { } wrong) return ApiError.BadRequest($"PodSecurity: {wrong.Message}");
                made = made with { PodSecurity = read.Value };
            }
            return made;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return ApiError.BadRequest(e.Message);
        }
    }
}
