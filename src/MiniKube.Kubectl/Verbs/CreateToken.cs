using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create token: for a service account.</summary>
internal static class CreateToken
{
    public static readonly Verb Verb = new("token", "Request a service account token", "kubectl create token SERVICE_ACCOUNT_NAME [options]")
    {
        Flags =
        [
            .. CommonFlags.Output, FlagSpec.Many("audience", "For whom it is meant"), FlagSpec.Duration("duration", "How long it shall be good"),
            FlagSpec.Text("bound-object-kind", "Pod, Secret or Node: it ends with this object"), FlagSpec.Text("bound-object-name", "The object's name"), FlagSpec.Text("bound-object-uid", "The object's UID"),
        ],
        Run = async call =>
        {
            if (call.Arguments.Count != 1) throw call.Misused("service account name is required");
            var spec = new JsonMap();
            if (call.Words.All("audience") is { Count: > 0 } audiences) spec.Set("audiences", JsonList.OfTexts(audiences));
            if (call.Words.Duration("duration") is var life && life > TimeSpan.Zero) spec.Set("expirationSeconds", (long)life.TotalSeconds);
            if (call.Text("bound-object-kind") is { Length: > 0 } kind)
            {
                var bound = new JsonMap { { "apiVersion", "v1" }, { "kind", kind }, { "name", call.Text("bound-object-name") is { Length: > 0 } name ? name : throw new Failure("--bound-object-name is required if --bound-object-kind is provided") } };
                if (call.Text("bound-object-uid") is { Length: > 0 } uid) bound.Set("uid", uid);
                spec.Set("boundObjectRef", bound);
            }
            var path = $"api/v1/namespaces/{Uri.EscapeDataString(call.Namespace)}/serviceaccounts/{Uri.EscapeDataString(call.Arguments[0])}/token";
            JsonMap answer;
            try
            {
                answer = await call.Api.Post(path, new JsonMap { { "apiVersion", "authentication.k8s.io/v1" }, { "kind", "TokenRequest" }, { "spec", spec } });
            }
            catch (Refusal refusal)
            {
                throw new Failure($"failed to create token: {refusal.Error.Message}");
            }
            if (ObjectPrinter.Of(call.Words) is { } printer) call.Out.Write(printer.Print(answer));
            else call.Out.WriteLine(answer.Status().Text("token"));
            return 0;
        },
    };
}
