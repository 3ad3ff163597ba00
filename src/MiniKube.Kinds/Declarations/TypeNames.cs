namespace MiniKube.Kinds;

/// <summary>The names under which OpenAPI publishes the records: one prefix per namespace.</summary>
internal static class TypeNames
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

    public static string Of(Type type)
    {
        if (type == typeof(Meta.Info)) return "io.k8s.apimachinery.pkg.version.Info";
        var prefix = type.Namespace!["MiniKube.Kinds.".Length..] switch
        {
            "Meta" => Meta,
            "Apiextensions" => "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
            "Apiregistration" => "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
            "Admission" => "io.k8s.api.admissionregistration.v1",
            "Autoscaling" => "io.k8s.api.autoscaling.v2",
            "Autoscaling.V1" => "io.k8s.api.autoscaling.v1",
            var group => $"io.k8s.api.{group.ToLowerInvariant()}.v1",
        };
        return $"{prefix}.{type.Name}";
    }
}
