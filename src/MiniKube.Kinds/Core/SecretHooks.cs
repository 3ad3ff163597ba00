using System.Text;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class SecretHooks
{
    public static readonly KindHooks All = new()
    {
        Default = MergeStringData,
        Validate = Check,
        ValidateUpdate = CheckUpdate,
        Warn = Warn,
    };

    /// <summary>Plain texts are a convenience of writing; only data is kept.</summary>
    private static void MergeStringData(JsonMap secret)
    {
        if (secret.Map("stringData") is { } plain)
            foreach (var (key, value) in plain)
                secret.MapOrNew("data").Set(key, Convert.ToBase64String(Encoding.UTF8.GetBytes((value as JsonText)?.Value ?? "")));
        secret.Remove("stringData");
    }

    private static void Check(JsonMap secret, List<FieldError> errors)
    {
        var root = Spot.Root(secret, errors);
        var data = root["data"];
        long size = 0;
        foreach (var (key, at) in data.Entries())
        {
            foreach (var fault in ValueRules.ConfigKey(key)) at.Invalid(key, fault);
            size += ConfigMapHooks.Base64Length(at.Text);
        }
        if (size > ConfigMapHooks.Limit) data.TooLong(ConfigMapHooks.Limit);
        switch (root["type"].Text)
        {
            case "kubernetes.io/service-account-token":
                var account = root["metadata"]["annotations"].At("kubernetes.io/service-account.name");
                if (account.IsBlank) account.Required();
                break;
            case "kubernetes.io/dockercfg":
                JsonIn(data.At(".dockercfg"));
                break;
            case "kubernetes.io/dockerconfigjson":
                JsonIn(data.At(".dockerconfigjson"));
                break;
            case "kubernetes.io/basic-auth":
                if (data.Map.Has("username") || data.Map.Has("password")) break;
                data.At("username").Required();
                data.At("password").Required();
                break;
            case "kubernetes.io/ssh-auth":
                if (data.At("ssh-privatekey").IsBlank) data.At("ssh-privatekey").Required();
                break;
            case "kubernetes.io/tls":
                if (!data.Map.Has("tls.crt")) data.At("tls.crt").Required();
                if (!data.Map.Has("tls.key")) data.At("tls.key").Required();
                break;
        }
    }

    private static void JsonIn(Spot at)
    {
        if (!at.IsSet)
        {
            at.Required();
            return;
        }
        try
        {
            if (JsonReader.Read(Convert.FromBase64String(at.Text)) is not JsonMap)
                at.Invalid("<secret contents redacted>", "json: cannot unmarshal into Go value of type map[string]interface {}");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            at.Invalid("<secret contents redacted>", Fault(at.Text));
        }
    }

    /// <summary>What is wrong with a text that isn't JSON, without a letter more of it than upstream shows.</summary>
    private static string Fault(string encoded)
    {
        var bytes = Convert.FromBase64String(encoded);
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, default);
        try
        {
            while (reader.Read()) { }
            return "unexpected end of JSON input";
        }
        catch (JsonException)
        {
            return $"invalid character '{(char)bytes[Math.Min((int)reader.BytesConsumed, bytes.Length - 1)]}' looking for beginning of value";
        }
    }

    private static void CheckUpdate(JsonMap secret, JsonMap old, List<FieldError> errors)
    {
        var root = Spot.Root(secret, errors);
        root["type"].SameAs(old["type"]);
        ConfigMapHooks.Frozen(root, old, "data");
    }

    private static void Warn(JsonMap secret, List<string> warnings)
    {
        if (secret.Text("type") == "kubernetes.io/tls" && secret.Map("data") is { } data && (data.Text("tls.crt") == "" || data.Text("tls.key") == ""))
            warnings.Add("tls: failed to find any PEM data in certificate input");
    }
}
