namespace MiniKube.Host;

/// <summary>What this program says it is.</summary>
internal static class Product
{
    public static string Line => $"minik {typeof(Product).Assembly.GetName().Version!.ToString(3)} (Kubernetes v1.36)";
}
