using System.Reflection;
using MiniKube.Kinds;

namespace MiniKube.ControlLoop;

/// <summary>The resource of a built-in kind, from its declaration.</summary>
public static class Resources
{
    public static ResourceType<T> Of<T>() where T : KubeObject => Declared<T>.Type;

    public static ResourceRef RefOf<T>() where T : KubeObject => Declared<T>.Type.Ref;

    private static class Declared<T> where T : KubeObject
    {
        public static readonly ResourceType<T> Type = Read();

        private static ResourceType<T> Read()
        {
            var kind = typeof(T).GetCustomAttribute<KindAttribute>() ?? throw new InvalidOperationException($"{typeof(T).Name} is no kind");
            return new(new(kind.Group, kind.Version, kind.Plural), typeof(T).Name, !kind.ClusterScoped, bytes => KubeJson.Read<T>(bytes.Span));
        }
    }
}
