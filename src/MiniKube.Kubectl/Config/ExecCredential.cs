using System.Diagnostics;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>A program that says who the user is, as kubeconfigs name one under "exec".</summary>
internal static class ExecCredential
{
    public static async Task<Access> Ask(Access access, JsonMap exec, CancellationToken cancel)
    {
        var program = exec.Text("command") ?? throw new Failure("exec plugin: no command is named");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (exec.List("args") ?? []).Texts()) start.ArgumentList.Add(argument);
        foreach (var variable in exec.Maps("env")) start.Environment[variable.Text("name") ?? ""] = variable.Text("value");
        start.Environment["KUBERNETES_EXEC_INFO"] = JsonWriter.ToText(new JsonMap
        {
            { "kind", "ExecCredential" }, { "apiVersion", exec.Text("apiVersion") ?? "client.authentication.k8s.io/v1" }, { "spec", new JsonMap { { "interactive", false } } },
        });
        try
        {
            using var process = Process.Start(start)!;
            var answer = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode != 0) throw new Failure($"getting credentials: exec: executable {program} failed with exit code {process.ExitCode}");
            var status = JsonReader.ParseMap(answer).Status();
            return access with
            {
                Token = status.Text("token") ?? access.Token,
                ClientCertificate = status.Text("clientCertificateData") ?? access.ClientCertificate,
                ClientKey = status.Text("clientKeyData") ?? access.ClientKey,
            };
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new Failure($"getting credentials: exec: executable {program} not found");
        }
    }
}
